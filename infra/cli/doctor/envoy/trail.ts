/**
 * What the log has of a probe. Each thing is looked for once the one before it was found:
 *
 *   segments: a message whose path has the mark ──► exchanges: the mark ──► detections: that exchange
 */
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { checkMessage } from '#schemas/message/message.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { RequestHalf } from '#schemas/records/message.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'

type Topic = 'segments' | 'exchanges' | 'detections'

export class Trail {
  /** Request halves with the mark: one, unless several filters saw the same request. */
  readonly requests: RequestHalf[] = []
  exchange: Exchange | null = null
  readonly detections: Detection[] = []
  readonly #bus: Bus
  readonly #mark: string
  readonly #positions: Readonly<Record<Topic, number[]>>

  private constructor(bus: Bus, mark: string, positions: Readonly<Record<Topic, number[]>>) {
    this.#bus = bus
    this.#mark = mark
    this.#positions = positions
  }

  /** Looks at nothing that is in the log by now. */
  static async begin(bus: Bus, mark: string): Promise<Trail> {
    const ends = (topic: Topic): Promise<number[]> =>
      Promise.all(
        Array.from(
          { length: bus.partitions(topic) },
          async (_, partition) => (await bus.bounds(topic, partition)).next,
        ),
      )
    const [segments, exchanges, detections] = await Promise.all([
      ends('segments'),
      ends('exchanges'),
      ends('detections'),
    ])
    return new Trail(bus, mark, { segments, exchanges, detections })
  }

  /** Reads on to the end of the log. */
  async look(): Promise<void> {
    await this.#readOn('segments', this.#mark, value => this.#segments(value))
    if (this.requests.length === 0) return
    await this.#readOn('exchanges', this.#mark, value => {
      this.exchange ??= decodeRecord('exchanges', value)
    })
    const { exchange } = this
    if (exchange === null) return
    await this.#readOn('detections', exchange.id, value => {
      const detection = decodeRecord('detections', value)
      if (detection.exchange === exchange.id) this.detections.push(detection)
    })
  }

  /** Decodes only records that have these letters somewhere. */
  async #readOn(topic: Topic, letters: string, take: (value: Uint8Array) => void): Promise<void> {
    const positions = this.#positions[topic]
    for (const [partition, from] of positions.entries()) {
      for await (const { records, next } of this.#bus.read(topic, partition, from)) {
        for (const { value } of records) if (value !== null && has(value, letters)) take(value)
        positions[partition] = next
      }
    }
  }

  #segments(value: Uint8Array): void {
    const segment = new Segment().reset(decodeRecord('segments', value))
    while (segment.next()) {
      if (segment.kind !== KIND.message || !has(segment.payload, this.#mark)) continue
      const half = messageIn(segment)
      if (half?.half === 'request' && half.path.includes(this.#mark)) this.requests.push(half)
    }
  }
}

function messageIn(segment: Segment) {
  try {
    return checkMessage(segment.payload.slice()).half
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}

function has(bytes: Uint8Array, letters: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(letters, 0, 'latin1')
}

/** A stage that is fed halves, and the bytes it was fed. */

import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { encodeMessage } from '#schemas/message/message.ts'
import { MessageSegmenter } from '#schemas/message/segmenter.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import { drive } from '#test/driver/stage.ts'
import { config } from './config.ts'
import { Messages } from './messages.ts'

export const SECOND = 1_000_000
export const START = 1_700_000_000_000_000

export { requestHalf as request, responseHalf as response }

export class Stage {
  readonly #driver
  readonly #segmenters = new Map<string, MessageSegmenter>()
  #offset = 0

  constructor(settings: unknown = {}) {
    const parsed = config.parse(settings)
    this.#driver = drive(() => new Messages(parsed), { outputs: ['decoded', 'anomalies'] })
  }

  /** Taken `at` seconds after START by the ingest server named `source`. */
  feed(half: MessageHalf, at: number, source = 'one'): void {
    this.bytes(half, encodeMessage(half), at, source)
  }

  /** `half` says where to; what the segment holds are `bytes`. */
  bytes(half: MessageHalf, bytes: Uint8Array, at: number, source = 'one'): void {
    const segmenter = this.#segmenter(source)
    segmenter.message(half, bytes, START + at * SECOND)
    this.#run(segmenter)
  }

  end(source = 'one'): void {
    const segmenter = this.#segmenter(source)
    segmenter.end()
    this.#run(segmenter)
  }

  /** Stream time reaches `at` seconds after START. */
  advance(at: number): void {
    this.#driver.advance(START + at * SECOND)
  }

  restart(): void {
    this.#driver.restart()
  }

  exchanges(): readonly Exchange[] {
    return this.#driver.take('decoded')
  }

  anomalies(): readonly Anomaly[] {
    return this.#driver.take('anomalies')
  }

  counted(name: string): number {
    return this.#driver.counted(name)
  }

  get size(): number {
    return this.#driver.size()
  }

  get ledger() {
    return this.#driver.ledger
  }

  #segmenter(source: string): MessageSegmenter {
    let segmenter = this.#segmenters.get(source)
    if (segmenter === undefined) {
      const flowHashKey = new Uint8Array(16)
      const options = { sensor: source, capture: 'envoy', source, partitions: 1, flowHashKey }
      segmenter = new MessageSegmenter({ ...options, batchBytes: 4096, time: 0, number: 0 })
      this.#segmenters.set(source, segmenter)
    }
    return segmenter
  }

  #run(segmenter: MessageSegmenter): void {
    for (const { batch } of segmenter.take()) this.#batch(batch)
  }

  #batch(batch: SegmentBatch): void {
    this.#driver.ledger.merge(batch.ledger)
    const segment = new Segment().reset(batch)
    while (segment.next()) this.#driver.feed(segment, segment.time, this.#offset++)
  }
}

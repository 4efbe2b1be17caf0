/**
 * The partitions of an offline read that one thread works on: segments in, JSON lines out, no log between.
 *
 * Every line remembers the number of the frame that was being read when it came out. Lines of all partitions merged by
 * that number stand in the same order however many threads there were.
 */

import type { Chain, Publish } from '#infra/runtime/chain.ts'
import { anomalyLine, detectionLine, exchangeLine } from '#schemas/json/lines.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Ledger, type LedgerCounts } from '#schemas/records/ledger.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import type { Processors } from '../components.ts'
import { chainFactory, eachSegment, LINE_TOPICS, type LineType } from '../pipeline.ts'
import { emptyTally, type TallyCounts, tallyValue } from '../tally.ts'

/** Plain data: goes to worker threads. */
export interface LaneOptions {
  readonly processors: Readonly<Record<string, unknown>>
  readonly types: readonly LineType[]
  readonly bodies: boolean
  /** Lines, or only the counts for a summary. */
  readonly lines: boolean
}

/** Lines of one batch: UTF-8, and per line the frame number and the length in bytes. */
export interface LaneOutput {
  readonly text: Uint8Array<ArrayBuffer>
  readonly marks: Float64Array<ArrayBuffer>
}

export interface LaneReport {
  readonly ledger: LedgerCounts
  readonly tally: TallyCounts
  /** `<stage>.<counter>` */
  readonly counts: ReadonlyMap<string, number>
  /** What processors threw: bugs. */
  readonly errors: readonly string[]
}

const MAX_ERRORS = 20

export class Lanes {
  readonly #open: (publish: Publish) => Chain
  readonly #options: LaneOptions
  readonly #chains = new Map<number, Chain>()
  readonly #cursor = new Segment()
  readonly #tally = emptyTally()
  readonly #errors: string[] = []
  #text = Buffer.allocUnsafeSlow(256 * 1024)
  #length = 0
  #marks: number[] = []
  #packet = 0

  constructor(processors: Processors, options: LaneOptions) {
    this.#open = chainFactory(
      processors,
      options.processors,
      options.types.map(type => LINE_TOPICS[type]),
    )
    this.#options = options
  }

  process(partition: number, batch: SegmentBatch): LaneOutput {
    let chain = this.#chains.get(partition)
    if (chain === undefined) {
      chain = this.#open((topic, _key, value) => this.#publish(topic, value))
      this.#chains.set(partition, chain)
    }
    this.#packet = 0
    eachSegment(batch, this.#cursor, chain, (segment, time, payload) => {
      if (segment.packet > 0) this.#packet = segment.packet
      try {
        chain.process(segment, time)
      } catch (error) {
        chain.ledger.add('poison', payload)
        if (this.#errors.length >= MAX_ERRORS) return
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        this.#errors.push(`${batch.source}: packet ${segment.packet}: ${text}`)
      }
    })
    const output = {
      text: Uint8Array.prototype.slice.call(this.#text, 0, this.#length) as Uint8Array<ArrayBuffer>,
      marks: Float64Array.from(this.#marks),
    }
    this.#length = 0
    this.#marks = []
    return output
  }

  report(): LaneReport {
    const ledger = new Ledger()
    const counts = new Map<string, number>()
    for (const chain of this.#chains.values()) {
      ledger.merge(chain.ledger.counts())
      for (const stage of chain.stages) {
        for (const [name, n] of stage.counts)
          counts.set(`${stage.name}.${name}`, (counts.get(`${stage.name}.${name}`) ?? 0) + n)
      }
    }
    return { ledger: ledger.counts(), tally: this.#tally, counts, errors: this.#errors }
  }

  #publish(topic: string, value: unknown): void {
    if (this.#options.lines) this.#line(this.#lineOf(topic, value))
    else tallyValue(this.#tally, topic, value)
  }

  #lineOf(topic: string, value: unknown): string {
    switch (topic) {
      case LINE_TOPICS.exchange:
        return exchangeLine(value as Exchange, { bodies: this.#options.bodies })
      case LINE_TOPICS.detection:
        return detectionLine(value as Detection)
      case LINE_TOPICS.anomaly:
        return anomalyLine(value as Anomaly)
      default:
        throw new Error(`no JSON line for topic ${topic}`)
    }
  }

  #line(line: string): void {
    const need = this.#length + line.length * 3 + 1 // UTF-8 takes at most 3 bytes per UTF-16 unit
    if (need > this.#text.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(need, this.#text.length * 2))
      this.#text.copy(grown, 0, 0, this.#length)
      this.#text = grown
    }
    const bytes = this.#text.write(line, this.#length, 'utf8') + 1
    this.#text[this.#length + bytes - 1] = 0x0a
    this.#length += bytes
    this.#marks.push(this.#packet, bytes)
  }
}

/** Lines of several partitions in one text, by frame number; equal numbers by partition. */
export function mergeOutputs(outputs: readonly LaneOutput[]): Uint8Array {
  const filled = outputs.filter(output => output.marks.length > 0)
  if (filled.length === 1) return filled[0]!.text
  const merged = new Uint8Array(filled.reduce((sum, output) => sum + output.text.length, 0))
  const at = filled.map(() => 0)
  const from = filled.map(() => 0)
  let to = 0
  for (;;) {
    let first = -1
    let second = Number.POSITIVE_INFINITY
    for (let i = 0; i < filled.length; i++) {
      const packet = filled[i]!.marks[at[i]!] ?? Number.POSITIVE_INFINITY
      if (first >= 0 && packet >= filled[first]!.marks[at[first]!]!) {
        if (packet < second) second = packet
      } else if (packet < Number.POSITIVE_INFINITY) {
        if (first >= 0) second = Math.min(second, filled[first]!.marks[at[first]!]!)
        first = i
      }
    }
    if (first < 0) return merged
    // All of this partition's lines up to the next partition's turn go in one copy.
    const { marks, text } = filled[first]!
    const start = from[first]!
    let end = start
    let mark = at[first]!
    do {
      end += marks[mark + 1]!
      mark += 2
    } while (mark < marks.length && marks[mark]! < second)
    merged.set(text.subarray(start, end), to)
    to += end - start
    from[first] = end
    at[first] = mark
  }
}

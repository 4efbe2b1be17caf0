/**
 * The partitions of an offline read that one thread works on: segments in, JSON lines out, no log between.
 *
 * Every line remembers the number of the frame that was being read when it came out. Lines of all partitions merged by
 * that number stand in the same order however many threads there were.
 */

import type { Chain, Publish } from '#infra/runtime/chain.ts'
import { Ledger, type LedgerCounts } from '#schemas/records/ledger.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import type { Processors } from '../components.ts'
import { lineOf, lineTypeOf } from '../line.ts'
import { chainFactory, eachSegment, LINE_TOPICS, type LineType } from '../pipeline.ts'
import { emptyTally, type TallyCounts, tallyValue } from '../tally.ts'
import type { Lines } from './lines.ts'

/** Plain data: goes to worker threads. */
export interface LaneOptions {
  readonly processors: Readonly<Record<string, unknown>>
  readonly types: readonly LineType[]
  readonly bodies: boolean
  /** Lines, or only the counts for a summary. */
  readonly lines: boolean
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
  #lines: Lines | null = null
  #packet = 0

  constructor(processors: Processors, options: LaneOptions) {
    this.#open = chainFactory(
      processors,
      options.processors,
      options.types.map(type => LINE_TOPICS[type]),
    )
    this.#options = options
  }

  /** Adds what comes out to `lines`, as a section. */
  process(partition: number, batch: SegmentBatch, lines: Lines): void {
    let chain = this.#chains.get(partition)
    if (chain === undefined) {
      chain = this.#open((topic, _key, value) => this.#publish(topic, value))
      this.#chains.set(partition, chain)
    }
    this.#lines = lines
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
    lines.endSection(partition)
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
    const { lines, types, bodies } = this.#options
    if (!lines) tallyValue(this.#tally, topic, value)
    else if (types.includes(lineTypeOf(topic, value))) this.#lines!.add(this.#packet, lineOf(topic, value, bodies))
  }
}

/** The chain of one configuration, run again over stored segments: one chain per partition, as in a live run. */
import type { Chain, Publish } from '#infra/runtime/chain.ts'
import type { LogRecord } from '#schemas/contracts/bus.ts'
import type { ExchangeConnection, Origin } from '#schemas/records/exchange.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import type { Processors } from '../components.ts'
import { chainFactory } from '../pipeline.ts'
import { ALWAYS, type Times } from './range.ts'

/** What every published value has. */
export interface Published {
  readonly id: string
  readonly connection: ExchangeConnection
  readonly origin: Origin
}

/** `key`: decides the partition, should it be published again. */
export type Emit = (topic: string, key: string, value: Published, time: number) => void

const MAX_ERRORS = 20

export class Rerun {
  readonly #open: (publish: Publish) => Chain
  readonly #emit: Emit
  readonly #chains = new Map<number, Chain>()
  readonly #cursor = new Segment()
  readonly #times: Times
  /** Nothing is emitted: the record only brings the state up to date. */
  muted = false
  /** The segment being processed was captured within the wanted times. */
  #within = true
  /** Segments that were processed aloud. */
  aloud = 0
  /** What processors threw: bugs, of which live processing has a dead letter. Bounded; `failed` counts them all. */
  readonly errors: string[] = []
  failed = 0

  /** `config`: unparsed, by processor. `times`: when what is emitted must have come out, by the segment that brought it. */
  constructor(
    processors: Processors,
    config: Readonly<Record<string, unknown>>,
    topics: readonly string[],
    emit: Emit,
    times: Times = ALWAYS,
  ) {
    this.#open = chainFactory(processors, config, topics)
    this.#emit = emit
    this.#times = times
  }

  /** `takes`: which of its segments; all, unless given. */
  process(
    partition: number,
    record: Pick<LogRecord, 'offset'>,
    batch: SegmentBatch,
    takes?: (segment: Segment) => boolean,
  ): void {
    const chain = this.#chain(partition)
    chain.offset = record.offset
    const cursor = this.#cursor.reset(batch)
    while (cursor.next()) {
      if (takes !== undefined && !takes(cursor)) continue
      this.#within = cursor.time >= this.#times.from && cursor.time < this.#times.to
      if (this.#within && !this.muted && cursor.ofFlow) this.aloud++
      try {
        chain.process(cursor, cursor.time)
      } catch (error) {
        this.failed++
        if (this.errors.length >= MAX_ERRORS) continue
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        this.errors.push(`partition ${partition}, offset ${record.offset}, packet ${cursor.packet}: ${text}`)
      }
    }
  }

  /** Moves the time of a partition (µs): timers fire that are due by then. */
  advance(partition: number, time: number): void {
    this.#chain(partition).advance(time)
  }

  #chain(partition: number): Chain {
    let chain = this.#chains.get(partition)
    if (chain === undefined) {
      chain = this.#open((topic, key, value, time) => {
        if (!this.muted && this.#within) this.#emit(topic, key, located(value as Published, partition), time)
      })
      this.#chains.set(partition, chain)
    }
    return chain
  }
}

/** A processor does not know its partition: it is filled into the origin here, as a live run does. */
function located<V extends Published>(value: V, partition: number): V {
  const { origin } = value
  return origin.log === null ? value : { ...value, origin: { ...origin, log: { ...origin.log, partition } } }
}

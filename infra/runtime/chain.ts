/**
 * Fused stages of one task: state, clock and ledger in common, values handed on by function calls.
 *
 *   process(value, time):  advance(time) fires what is due, then each stage that reads the input gets the value, in order;
 *                          whatever it emits is followed depth first down to the outputs before the next one does.
 *
 * So at any moment exactly one input or one timer is being worked on (`at`): when something throws, that is the culprit.
 */
import type { Ctx, Processor } from '#schemas/contracts/processor.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { type Entry, KeyedState } from './keyed.ts'
import { Timers } from './timers.ts'

/** One stage of a chain. `outputs`: topics that leave the chain (published), whether or not a fused stage reads them. */
export interface StageSpec {
  readonly name: string
  readonly input: string
  readonly outputs: readonly string[]
  readonly processor: Processor<unknown, unknown>
}

export type Publish = (topic: string, key: string, value: unknown, time: number) => void

interface Clock {
  now: number
  offset: number
}

interface Route {
  readonly readers: readonly Stage[]
  readonly published: boolean
}

export class Stage implements Ctx<unknown> {
  readonly name: string
  readonly processor: Processor<unknown, unknown>
  readonly state: KeyedState<unknown>
  readonly ledger: Ledger
  readonly counts = new Map<string, number>()
  readonly routes: Record<string, Route> = Object.create(null)
  readonly #clock: Clock
  readonly #publish: Publish

  constructor(
    spec: StageSpec,
    index: number,
    timers: Timers<Entry<unknown>>,
    ledger: Ledger,
    clock: Clock,
    publish: Publish,
  ) {
    this.name = spec.name
    this.processor = spec.processor
    this.state = new KeyedState(index, timers)
    this.ledger = ledger
    this.#clock = clock
    this.#publish = publish
  }

  get now(): number {
    return this.#clock.now
  }

  get offset(): number {
    return this.#clock.offset
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by)
  }

  emit(topic: string, key: string, value: unknown, time: number): void {
    const route = this.routes[topic]
    if (route === undefined) throw new Error(`stage ${this.name} emits to ${topic}, which is not among its outputs`)
    if (route.published) this.#publish(topic, key, value, time)
    for (let i = 0; i < route.readers.length; i++) {
      const reader = route.readers[i]!
      reader.processor.process(value, reader)
    }
  }
}

export class Chain {
  readonly stages: readonly Stage[]
  /** Those that read the task's input. */
  readonly #first: readonly Stage[]
  readonly #timers = new Timers<Entry<unknown>>()
  readonly #clock: Clock = { now: 0, offset: -1 }
  readonly ledger = new Ledger()
  /** The timer being fired, or null while an input is processed. */
  firing: Entry<unknown> | null = null
  /** Entries whose timer made their stage throw before: they are dropped instead of fired. */
  dropsTimer: (stage: number, order: number) => boolean = () => false

  /**
   * `published`: the topics whose values leave through `publish`. The first stage reads the task's input, and so does whoever
   * names the same topic.
   */
  constructor(specs: readonly StageSpec[], published: ReadonlySet<string>, publish: Publish) {
    this.stages = specs.map((spec, i) => new Stage(spec, i, this.#timers, this.ledger, this.#clock, publish))
    this.#first = this.stages.filter((_, i) => specs[i]!.input === specs[0]!.input)
    for (const [i, spec] of specs.entries()) {
      for (const topic of spec.outputs) {
        const readers = this.stages.filter((_, j) => j > i && specs[j]!.input === topic)
        this.stages[i]!.routes[topic] = { readers, published: published.has(topic) }
      }
    }
  }

  get now(): number {
    return this.#clock.now
  }

  /** Only for a restore. */
  set now(time: number) {
    this.#clock.now = time
  }

  /** Log offset of the record whose values come next. */
  set offset(offset: number) {
    this.#clock.offset = offset
  }

  process(value: unknown, time: number): void {
    if (time > this.#clock.now) this.advance(time)
    for (let i = 0; i < this.#first.length; i++) {
      const stage = this.#first[i]!
      stage.processor.process(value, stage)
    }
  }

  /** Moves stream time (never back) and fires every timer that is due. One set meanwhile waits for the next move. */
  advance(time: number): void {
    if (time <= this.#clock.now) return
    this.#clock.now = time
    if (this.#timers.next > time) return
    for (const entry of this.#timers.due(time)) {
      // An earlier timer of this round may have dropped it, cancelled it or moved it.
      if (!entry.live || entry.deadline > time) continue
      entry.deadline = Number.POSITIVE_INFINITY
      this.#fire(entry)
    }
  }

  #fire(entry: Entry<unknown>): void {
    const stage = this.stages[entry.stage]!
    if (this.dropsTimer(entry.stage, entry.order)) {
      stage.state.drop(entry)
      return
    }
    stage.state.touch(entry)
    this.firing = entry
    stage.processor.expire?.(entry, stage)
    this.firing = null
  }
}

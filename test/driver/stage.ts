/**
 * Drives one processor (or a fused chain) without a log: feeds values, moves stream time, collects what comes out.
 * It is the real chain of infra/runtime; only the log is missing.
 *
 *   const stage = drive(() => new Processor(config), { outputs: ['chunks'] })
 *   stage.feed(value, 1_000_000)
 *   stage.advance(61_000_000)
 *   assert.deepEqual(stage.take('chunks'), [...])
 */
import { decode, encode } from '@msgpack/msgpack'
import { Chain, type StageSpec } from '#infra/runtime/chain.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import type { Ledger } from '#schemas/records/ledger.ts'

export interface Emitted {
  readonly topic: string
  readonly key: string
  readonly value: unknown
  readonly time: number
}

export interface DriveOptions {
  readonly outputs: readonly string[]
  /** Emitted values may be reused by their stage: how to keep one. Default: structuredClone. */
  readonly keep?: (value: unknown) => unknown
}

/** How to make the stages: called again at every restart, so that state hidden in a processor's fields is lost then. */
export type OpenStages = () => readonly StageSpec[]

export class Driver {
  readonly out: Emitted[] = []
  #chain: Chain
  readonly #openStages: OpenStages
  readonly #keep: (value: unknown) => unknown

  constructor(openStages: OpenStages, keep: (value: unknown) => unknown) {
    this.#openStages = openStages
    this.#keep = keep
    this.#chain = this.#open()
  }

  get ledger(): Ledger {
    return this.#chain.ledger
  }

  get now(): number {
    return this.#chain.now
  }

  /** Number of state entries of a stage (the first by default). */
  size(stage = 0): number {
    return this.#chain.stages[stage]!.state.size
  }

  /** Value of a `ctx.count` counter, all stages together. */
  counted(name: string): number {
    return this.#chain.stages.reduce((sum, stage) => sum + (stage.counts.get(name) ?? 0), 0)
  }

  feed(value: unknown, time: number, offset = -1): void {
    this.#chain.offset = offset
    this.#chain.process(value, time)
  }

  advance(time: number): void {
    this.#chain.advance(time)
  }

  /** Removes and returns the values emitted to `topic`. */
  take<V>(topic: string): V[] {
    const taken = this.out.filter(item => item.topic === topic)
    this.out.splice(0, this.out.length, ...this.out.filter(item => item.topic !== topic))
    return taken.map(item => item.value as V)
  }

  /**
   * Everything that survives a restart, through msgpack and back into new processors: what the stage forgot to put
   * into its state is gone.
   */
  restart(): void {
    const old = this.#chain
    this.#chain = this.#open()
    this.#chain.ledger.merge(old.ledger.counts())
    this.#chain.now = old.now
    for (const [i, stage] of old.stages.entries()) {
      const fresh = this.#chain.stages[i]!
      for (const [name, n] of stage.counts) fresh.count(name, n)
      const { snapshot, restore } = stage.processor
      for (const cell of stage.state.cells()) {
        const entry = stage.state.get(cell.key)!
        const plain = snapshot === undefined ? cell.value : snapshot.call(stage.processor, cell.value)
        const copy = decode(encode(plain))
        const value = restore === undefined ? copy : restore.call(fresh.processor, copy)
        fresh.state.restore(cell.key, value, entry.order, entry.deadline)
      }
      fresh.state.nextOrder = stage.state.nextOrder
    }
  }

  #open(): Chain {
    const specs = this.#openStages()
    const published = new Set(specs.flatMap(spec => spec.outputs))
    return new Chain(specs, published, (topic, key, value, time) => {
      this.out.push({ topic, key, value: this.#keep(value), time })
    })
  }
}

/** `open` makes a processor. One that is handed over made can be driven too, but not restarted. */
export function drive<In, S>(open: Processor<In, S> | (() => Processor<In, S>), options: DriveOptions): Driver {
  const made = typeof open === 'function' ? open : once(open)
  const stage = (): StageSpec => ({
    name: 'stage',
    input: 'in',
    outputs: options.outputs,
    processor: made() as Processor<unknown, unknown>,
  })
  return new Driver(() => [stage()], options.keep ?? structuredClone)
}

/** Several fused stages: each reads its `input` from the outputs of those before it. */
export function driveChain(open: OpenStages, keep: (value: unknown) => unknown = structuredClone): Driver {
  return new Driver(open, keep)
}

function once<T>(made: T): () => T {
  let left: T | null = made
  return () => {
    if (left === null) throw new Error('restart needs new processors: give drive() a function that makes one')
    const given = left
    left = null
    return given
  }
}

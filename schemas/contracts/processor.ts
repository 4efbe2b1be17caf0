/**
 * A processor is a pure function of its input: no I/O, no clock, no randomness, synchronous.
 *
 * Laws
 *  1. Same input, same order: same outputs, state and ledger, whatever the batch sizes, checkpoints and crashes.
 *  2. `ctx.now` is stream time (µs): the highest capture time seen on the partition. The runtime moves it, fires the
 *     timers that are due, and only then calls `process`. It never goes back.
 *  3. Values are handed on depth first: `emit` to a fused stage is a function call that returns when everything
 *     downstream is done with the value. What `process` is given is valid until it returns: copy what you keep.
 *  4. All that must survive a restart is in `ctx.state`, in `ctx.ledger`, or derived from them. A cell that is changed
 *     must be touched: untouched changes are lost at the next restore.
 *  5. A throw is a bug: the runtime restores the state before the record, writes the record to `dead` and goes on
 *     after it (also on replay). Input that is merely strange is an anomaly, never a throw.
 */
import type { ComponentSpec } from '#schemas/contracts/component.ts'
import type { Ledger } from '#schemas/records/ledger.ts'

/** Numbers are fastest (53-bit integers); strings for everything else. */
export type Key = number | string

/** One entry of keyed state. The runtime owns everything but `value`. */
export interface Cell<S> {
  readonly key: Key
  value: S
}

export interface Keyed<S> {
  readonly size: number
  get(key: Key): Cell<S> | undefined
  /** Adds an entry (the key must be new) and marks it changed. */
  open(key: Key, value: S): Cell<S>
  /** Marks an entry changed: call it after every change of `value` or of what it holds. Cheap. */
  touch(cell: Cell<S>): void
  /** Removes an entry and its timer. */
  drop(cell: Cell<S>): void
  /**
   * Sets the entry's only timer: `expire` is called once when stream time reaches `at` (µs). Infinity cancels. Moving it
   * later is a field write. Timers due at once fire in order of (deadline, stage, key).
   */
  wake(cell: Cell<S>, at: number): void
  /** Oldest first (order of `open`, also after a restore). */
  cells(): IterableIterator<Cell<S>>
}

export interface Ctx<S = never> {
  /** Stream time in µs. */
  readonly now: number
  /** Log offset of the input record being processed (-1 in `read`, where there is no log). */
  readonly offset: number
  readonly state: Keyed<S>
  /** The coverage ledger of this task. Part of the state: exact across crashes. */
  readonly ledger: Ledger
  /** Adds to a monotone counter for metrics, e.g. `tcp.flows.evicted`. Bounded set of names: never from input. */
  count(name: string, by?: number): void
  /**
   * Hands a value to whoever consumes `topic`: fused stages by a call, the log by encoding it. `key` decides the
   * partition in the log (ignored by fused stages); `time` is the value's capture time in µs.
   */
  emit(topic: string, key: string, value: unknown, time: number): void
}

export interface Processor<In, S = never> {
  process(value: In, ctx: Ctx<S>): void
  /** The entry's timer is due (and was cancelled). Set a new one or drop the entry, or both never happen again. */
  expire?(cell: Cell<S>, ctx: Ctx<S>): void
  /**
   * Takes another configuration (of its schema, checked) from the next value on, if it can: what is kept stays. Throws `Usage`
   * when it cannot be used, and goes on with the old one. Absent: only a restart changes it.
   */
  configure?(config: unknown): void
  /** Plain data for msgpack: numbers, strings, booleans, null, Uint8Array, arrays, objects. Copies what it returns. */
  snapshot?(value: S): unknown
  restore?(plain: unknown): S
}

export interface ProcessorSpec<Config, In, S = never> extends ComponentSpec<Config> {
  readonly kind: 'processor'
  /** Topic it reads. */
  readonly input: string
  /** Topics it may emit to. */
  readonly outputs: readonly string[]
  /**
   * Folders below this component whose default exports are handed to `create`, sorted by folder name:
   * `{ protocols: 'protocols' }` gives `parts.protocols: ProtocolSpec[]`.
   */
  readonly parts?: Readonly<Record<string, string>>
  /**
   * The configuration of one of `tasks` whose bounds hold for all of them together: `read` has one per partition in one
   * process, so that its lines do not depend on the machine. What comes out is valid for `config` again. Absent: it keeps
   * nothing that adds up.
   */
  readonly share?: (config: Config, tasks: number) => Config
  create(config: Config, parts: Readonly<Record<string, readonly unknown[]>>): Processor<In, S>
}

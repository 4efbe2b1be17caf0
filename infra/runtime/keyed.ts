/** Keyed state of one stage in memory, and what of it has changed since the last checkpoint. */
import type { Cell, Key, Keyed } from '#schemas/contracts/processor.ts'
import type { Timed, Timers } from './timers.ts'

export class Entry<S> implements Cell<S>, Timed {
  readonly key: Key
  value: S
  readonly stage: number
  readonly order: number
  deadline = Number.POSITIVE_INFINITY
  scheduled = Number.POSITIVE_INFINITY
  /** Changed since the last checkpoint. */
  changed = false
  /** The last checkpoint has it: dropping it needs a tombstone. */
  stored = false
  live = true

  constructor(key: Key, value: S, stage: number, order: number) {
    this.key = key
    this.value = value
    this.stage = stage
    this.order = order
  }
}

/** Fewer changes than this are not worth sweeping. */
const SWEEP_CHANGES = 1024

export class KeyedState<S> implements Keyed<S> {
  readonly #entries = new Map<Key, Entry<S>>()
  readonly #stage: number
  readonly #timers: Timers<Entry<unknown>>
  #changed: Entry<S>[] = []
  /** How many of `#changed` are gone: most entries live for less than a checkpoint, and `read` makes none at all. */
  #gone = 0
  #dropped: Key[] = []
  #nextOrder = 1

  constructor(stage: number, timers: Timers<Entry<unknown>>) {
    this.#stage = stage
    this.#timers = timers
  }

  get size(): number {
    return this.#entries.size
  }

  /** Entries kept for the next checkpoint, those that are gone included. */
  get remembered(): number {
    return this.#changed.length
  }

  get(key: Key): Entry<S> | undefined {
    return this.#entries.get(key)
  }

  open(key: Key, value: S): Entry<S> {
    if (this.#entries.has(key)) throw new Error(`state entry ${key} opened twice`)
    const entry = new Entry(key, value, this.#stage, this.#nextOrder++)
    this.#entries.set(key, entry)
    this.#mark(entry)
    return entry
  }

  touch(cell: Cell<S>): void {
    const entry = cell as Entry<S>
    if (!entry.changed) this.#mark(entry)
  }

  drop(cell: Cell<S>): void {
    const entry = cell as Entry<S>
    if (!entry.live) return
    entry.live = false
    this.#entries.delete(entry.key)
    this.#timers.forget(entry)
    if (entry.stored) this.#dropped.push(entry.key)
    if (entry.changed) this.#sweep()
  }

  wake(cell: Cell<S>, at: number): void {
    const entry = cell as Entry<S>
    if (!entry.live) return
    if (!entry.changed) this.#mark(entry)
    this.#timers.set(entry, at)
  }

  *cells(): IterableIterator<Cell<S>> {
    // A copy, so that the loop's body may open and drop entries.
    for (const entry of [...this.#entries.values()]) if (entry.live) yield entry
  }

  /** What a checkpoint must write: changed entries that live, keys to tombstone. Nothing is marked as stored yet. */
  changes(): { readonly put: readonly Entry<S>[]; readonly drop: readonly Key[] } {
    // A key dropped and opened again since is a put: the newest value wins, so no tombstone may follow it.
    return {
      put: this.#changed.filter(entry => entry.live),
      drop: this.#dropped.filter(key => !this.#entries.has(key)),
    }
  }

  /** The last `changes` are committed. */
  stored(): void {
    for (const entry of this.#changed) {
      entry.changed = false
      entry.stored = entry.live
    }
    this.#changed = []
    this.#gone = 0
    this.#dropped = []
  }

  /** Puts back what a checkpoint wrote. Entries must come in order of `order`. */
  restore(key: Key, value: S, order: number, deadline: number): void {
    const entry = new Entry(key, value, this.#stage, order)
    entry.stored = true
    this.#entries.set(key, entry)
    this.#nextOrder = Math.max(this.#nextOrder, order + 1)
    if (deadline < Number.POSITIVE_INFINITY) this.#timers.set(entry, deadline)
  }

  /** The next entry's number: part of the checkpoint, so that order survives the death of the newest entry. */
  get nextOrder(): number {
    return this.#nextOrder
  }

  set nextOrder(order: number) {
    this.#nextOrder = order
  }

  #mark(entry: Entry<S>): void {
    entry.changed = true
    this.#changed.push(entry)
  }

  /** One more is gone. Pays for itself: it leaves at most half. */
  #sweep(): void {
    this.#gone++
    if (this.#gone * 2 <= this.#changed.length || this.#changed.length < SWEEP_CHANGES) return
    this.#changed = this.#changed.filter(entry => entry.live)
    this.#gone = 0
  }
}

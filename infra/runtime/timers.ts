/**
 * Stream-time timers of all stages of one task: at most one per state entry.
 *
 * Moving a deadline later is a field write: the heap keeps an entry at its old, earlier time and looks again when that
 * comes up. Invariant: every live entry with a finite deadline has a node at or before it, namely at `entry.scheduled`.
 * Nodes whose time differs from `entry.scheduled` are stale and ignored.
 */
export interface Timed {
  /** When it wants to fire, µs of stream time. Infinity: never. */
  deadline: number
  /** Time of its valid heap node; Infinity when it has none. */
  scheduled: number
  /** Stage number and order of creation: with the deadline they give timers that are due at once a total order. */
  readonly stage: number
  readonly order: number
}

export class Timers<T extends Timed> {
  readonly #at: number[] = []
  readonly #entry: T[] = []

  /** Lower bound of the next deadline. */
  get next(): number {
    return this.#at[0] ?? Number.POSITIVE_INFINITY
  }

  set(entry: T, at: number): void {
    entry.deadline = at
    if (at < entry.scheduled) this.#push(entry, at)
  }

  /** For an entry that is gone. */
  forget(entry: T): void {
    entry.deadline = Number.POSITIVE_INFINITY
    entry.scheduled = Number.POSITIVE_INFINITY
  }

  /** Takes out the entries due at `now`, in order of (deadline, stage, order). Their deadlines stay readable. */
  due(now: number): T[] {
    const due: T[] = []
    while (this.next <= now) {
      const at = this.#at[0]!
      const entry = this.#pop()
      if (at !== entry.scheduled) continue
      entry.scheduled = Number.POSITIVE_INFINITY
      if (entry.deadline <= now) due.push(entry)
      else if (entry.deadline < Number.POSITIVE_INFINITY) this.#push(entry, entry.deadline)
    }
    return due.length > 1 ? due.sort((x, y) => x.deadline - y.deadline || x.stage - y.stage || x.order - y.order) : due
  }

  #push(entry: T, at: number): void {
    entry.scheduled = at
    let i = this.#at.length
    while (i > 0) {
      const up = (i - 1) >> 1
      if (this.#at[up]! <= at) break
      this.#at[i] = this.#at[up]!
      this.#entry[i] = this.#entry[up]!
      i = up
    }
    this.#at[i] = at
    this.#entry[i] = entry
  }

  #pop(): T {
    const top = this.#entry[0]!
    const at = this.#at.pop()!
    const entry = this.#entry.pop()!
    const n = this.#at.length
    if (n === 0) return top
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= n) break
      if (down + 1 < n && this.#at[down + 1]! < this.#at[down]!) down++
      if (this.#at[down]! >= at) break
      this.#at[i] = this.#at[down]!
      this.#entry[i] = this.#entry[down]!
      i = down
    }
    this.#at[i] = at
    this.#entry[i] = entry
    return top
  }
}

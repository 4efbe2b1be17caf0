/**
 * Stream-time timers of all stages of one task: at most one per state entry.
 *
 * Moving a deadline later is a field write: the heap keeps an entry at its old, earlier time and looks again when that
 * comes up. Invariant: every live entry with a finite deadline has a node at or before it, namely at `entry.scheduled`.
 * Nodes whose time differs from `entry.scheduled` are stale and ignored; when most are, they are swept out, because an
 * entry that lives for milliseconds would otherwise stay in memory until its timeout of minutes.
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

/** Fewer nodes than this are not worth sweeping. */
const SWEEP_NODES = 1024

export class Timers<T extends Timed> {
  #at: number[] = []
  #entry: T[] = []
  /** About how many nodes are stale. */
  #stale = 0

  /** Nodes in the heap. */
  get size(): number {
    return this.#at.length
  }

  /** Lower bound of the next deadline. */
  get next(): number {
    return this.#at[0] ?? Number.POSITIVE_INFINITY
  }

  set(entry: T, at: number): void {
    entry.deadline = at
    if (at >= entry.scheduled) return
    if (entry.scheduled < Number.POSITIVE_INFINITY) this.#stale++
    this.#push(entry, at)
  }

  /** For an entry that is gone. */
  forget(entry: T): void {
    entry.deadline = Number.POSITIVE_INFINITY
    if (entry.scheduled === Number.POSITIVE_INFINITY) return
    entry.scheduled = Number.POSITIVE_INFINITY
    this.#stale++
    if (this.#stale * 2 > this.#at.length && this.#at.length >= SWEEP_NODES) this.#sweep()
  }

  /** Takes out the entries due at `now`, in order of (deadline, stage, order). Their deadlines stay readable. */
  due(now: number): T[] {
    const due: T[] = []
    while (this.next <= now) {
      const at = this.#at[0]!
      const entry = this.#pop()
      if (at !== entry.scheduled) {
        this.#stale--
        continue
      }
      entry.scheduled = Number.POSITIVE_INFINITY
      if (entry.deadline <= now) due.push(entry)
      else if (entry.deadline < Number.POSITIVE_INFINITY) this.#push(entry, entry.deadline)
    }
    return due.length > 1 ? due.sort((x, y) => x.deadline - y.deadline || x.stage - y.stage || x.order - y.order) : due
  }

  /** Pays for itself: it leaves at most half, and as many nodes must become stale before the next one. */
  #sweep(): void {
    const nodes = this.#at
      .map((at, i) => ({ at, entry: this.#entry[i]! }))
      .filter(({ at, entry }) => at === entry.scheduled)
    this.#at = []
    this.#entry = []
    this.#stale = 0
    for (const { at, entry } of nodes) this.#push(entry, at)
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

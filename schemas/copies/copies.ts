/**
 * Exchanges that may still find their copies.
 *
 *            a copy ◄──┐
 *     none ────────► Open ── `hold` after its last sighting, or there are too many ──► taken: one exchange with its witnesses
 *
 * The inner hop is over before the outer one, and so comes first: what came is held back for a while. A copy that comes later
 * is an exchange of its own. Time is that of the input: no clock here.
 */
import { type Closeness, contradicts, type Likeness, likeness } from './copy.ts'
import type { Sighting } from './sighting.ts'

export interface CopiesLimits extends Closeness {
  /** µs that an exchange waits for copies after it was over. */
  readonly hold: number
  /** Most requests that wait; beyond it the oldest goes on without more copies. */
  readonly open: number
}

export interface Witness<Value> {
  readonly sighting: Sighting
  readonly value: Value
}

/** One request. */
export interface Seen<Value> {
  /** At the outermost hop: it began first. */
  readonly first: Witness<Value>
  /** At other hops, or by other captures, by time. */
  readonly others: readonly Witness<Value>[]
}

interface Open<Value> {
  readonly witnesses: Witness<Value>[]
  /** What others are looked for by. */
  readonly keys: Set<string>
  due: number
}

/** Most requests that one is compared with: whoever sends the same id again and again pays for nobody else's time. */
const MOST_CANDIDATES = 16
const SURE: Readonly<Record<Likeness, number>> = { socket: 3, id: 2, cause: 1 }

export class Copies<Value> {
  readonly #limits: CopiesLimits
  /** By age. */
  readonly #open = new Set<Open<Value>>()
  readonly #byKey = new Map<string, Set<Open<Value>>>()
  readonly #counts = { copies: 0, evicted: 0, crowded: 0 }

  constructor(limits: CopiesLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#open.size
  }

  /** `evicted`: went on early because there were too many; `crowded`: more were alike than are compared. */
  stats(): { readonly copies: number; readonly evicted: number; readonly crowded: number } {
    return { ...this.#counts }
  }

  add(sighting: Sighting, value: Value): void {
    const keys = keysOf(sighting)
    const found = this.#find(sighting, keys)
    if (found !== null) this.#counts.copies++
    const open = found ?? { witnesses: [], keys: new Set<string>(), due: 0 }
    open.witnesses.push({ sighting, value })
    open.due = Math.max(open.due, sighting.end + this.#limits.hold)
    this.#open.add(open)
    for (const key of keys) this.#index(open, key)
  }

  /** What is complete at that time (µs), the oldest first. `Infinity`: all there is. */
  take(now: number): readonly Seen<Value>[] {
    const taken: Seen<Value>[] = []
    for (const open of this.#open) {
      const crowded = this.#open.size > this.#limits.open
      if (open.due > now && !crowded) continue
      if (open.due > now) this.#counts.evicted++
      this.#forget(open)
      taken.push(seen(open.witnesses))
    }
    return taken
  }

  /** The surest, and of those the nearest in time. */
  #find(sighting: Sighting, keys: readonly string[]): Open<Value> | null {
    let best: Open<Value> | null = null
    let score = 0
    for (const open of this.#candidates(keys)) {
      const found = this.#compare(sighting, open.witnesses)
      if (found <= score) continue
      score = found
      best = open
    }
    return best
  }

  /** How sure it is one of them, and by less than one how near; 0 when it cannot be. */
  #compare(sighting: Sighting, witnesses: readonly Witness<Value>[]): number {
    let score = 0
    for (const { sighting: other } of witnesses) {
      if (contradicts(sighting, other)) return 0
      const found = likeness(sighting, other, this.#limits)
      const near = 1 / (2 + Math.abs(sighting.time - other.time))
      if (found !== null) score = Math.max(score, SURE[found] + near)
    }
    return score
  }

  /** The oldest first: of requests that are all alike, each finds its own. */
  #candidates(keys: readonly string[]): ReadonlySet<Open<Value>> {
    const found = new Set<Open<Value>>()
    for (const key of keys) {
      for (const open of this.#byKey.get(key) ?? []) {
        if (found.size === MOST_CANDIDATES) {
          this.#counts.crowded++
          return found
        }
        found.add(open)
      }
    }
    return found
  }

  #index(open: Open<Value>, key: string): void {
    if (open.keys.has(key)) return
    open.keys.add(key)
    const all = this.#byKey.get(key) ?? new Set()
    all.add(open)
    this.#byKey.set(key, all)
  }

  #forget(open: Open<Value>): void {
    this.#open.delete(open)
    for (const key of open.keys) {
      const all = this.#byKey.get(key)!
      all.delete(open)
      if (all.size === 0) this.#byKey.delete(key)
    }
  }
}

/** Ids first: they tell requests apart that are alike. */
function keysOf({ ids, content, path }: Sighting): readonly string[] {
  const { trace, request } = ids
  return [
    ...(trace === undefined ? [] : [`trace ${trace} ${content}`]),
    ...(request === undefined ? [] : [`request ${request} ${content}`]),
    `path ${content} ${path}`,
  ]
}

function seen<Value>(witnesses: readonly Witness<Value>[]): Seen<Value> {
  const [first, ...others] = witnesses.toSorted((a, b) => order(a.sighting, b.sighting))
  return { first: first!, others }
}

/** Of two that began at once the one that took longer is outside. */
function order(a: Sighting, b: Sighting): number {
  return a.time - b.time || b.end - a.end || (a.id < b.id ? -1 : 1)
}

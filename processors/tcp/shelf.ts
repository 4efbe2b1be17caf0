/**
 * The rings of all directions (recent.ts): as many as the configuration allows. When all are taken, the one that was
 * taken longest ago goes to the next direction, and retransmissions of the former one are not compared any more.
 *
 * Derived from the sides alone: `rank` says in which order rings were taken, and survives a restart.
 */
import { Recent } from './recent.ts'
import type { Side } from './side.ts'

export class Shelf {
  readonly #size: number
  readonly #most: number
  readonly #free: Recent[] = []
  #made = 0
  #oldest: Recent | null = null
  #newest: Recent | null = null
  #serial = 1

  /** `bytes` of memory in rings of `size` bytes. */
  constructor(size: number, bytes: number) {
    this.#size = size
    this.#most = Math.max(1, Math.floor(bytes / size))
  }

  /** A ring for `side`, which has none. `stolen` hears of the side that loses its own. */
  take(side: Side, at: number, stolen: (from: Side) => void): Recent {
    const ring = this.#free.pop() ?? (this.#made < this.#most ? this.#make() : this.#steal(stolen))
    ring.begin(side, at, this.#serial++)
    side.recent = ring
    this.#append(ring)
    return ring
  }

  /** The side needs its ring no more. */
  put(ring: Recent): void {
    this.#remove(ring)
    this.#free.push(ring)
  }

  /** After a restart: sides with rings of their own, in any order. */
  adopt(sides: readonly Side[]): void {
    const rings = sides.flatMap(({ recent }) => (recent === null ? [] : [recent]))
    for (const ring of rings.toSorted((x, y) => x.rank - y.rank)) {
      this.#made++
      this.#serial = Math.max(this.#serial, ring.rank + 1)
      this.#append(ring)
    }
  }

  #make(): Recent {
    this.#made++
    return new Recent(this.#size)
  }

  #steal(stolen: (from: Side) => void): Recent {
    const ring = this.#oldest!
    stolen(ring.side!)
    this.#remove(ring)
    return ring
  }

  #append(ring: Recent): void {
    ring.earlier = this.#newest
    ring.later = null
    if (this.#newest === null) this.#oldest = ring
    else this.#newest.later = ring
    this.#newest = ring
  }

  #remove(ring: Recent): void {
    const { earlier, later } = ring
    if (earlier === null) this.#oldest = later
    else earlier.later = later
    if (later === null) this.#newest = earlier
    else later.earlier = earlier
    ring.side!.recent = null
    ring.side = null
    ring.other = null
  }
}

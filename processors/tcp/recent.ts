/**
 * The last bytes that a direction handed on, kept until they are acknowledged: what a retransmission is compared with.
 * What was acknowledged is over: its receiver drops whatever comes for it again.
 *
 * Invariants
 *  1. A side has a ring, or none. Its bytes are [from, end), without holes, and `end` is the side's position.
 *  2. `other` is null, or holds the last reading of [from, end) that differs from the first one.
 */
import type { Side } from './side.ts'

export type PlainRecent = readonly [from: number, bytes: Uint8Array, other: Uint8Array | null, rank: number]

export class Recent {
  readonly bytes: Uint8Array
  side: Side | null = null
  other: Uint8Array | null = null
  from = 0
  end = 0
  /** Order in which rings were taken. */
  rank = 0
  /** Neighbours on the shelf, by rank. */
  earlier: Recent | null = null
  later: Recent | null = null
  /** Position that stands at index 0. */
  #origin = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  /** Starts anew, empty, before `at`. */
  begin(side: Side, at: number, rank: number): void {
    this.side = side
    this.other = null
    this.from = at
    this.end = at
    this.rank = rank
    this.#origin = at
  }

  /** Plain data: the position of its first byte, its bytes and other reading in order. */
  toPlain(): PlainRecent {
    const { from, bytes, other, rank } = this
    return [from, this.inOrder(bytes), other === null ? null : this.inOrder(other), rank]
  }

  /** A ring of `size` bytes; the last ones stay if there were more (another configuration). */
  static fromPlain([from, bytes, other, rank]: PlainRecent, side: Side, size: number): Recent {
    const ring = new Recent(size)
    ring.begin(side, from, rank)
    ring.keep(bytes, other)
    return ring
  }

  /** Takes bytes that were handed on, and how else they can be read. */
  keep(bytes: Uint8Array, other: Uint8Array | null): void {
    const { length } = this.bytes
    if (other !== null || this.other !== null) {
      this.other ??= this.bytes.slice()
      this.#write(this.other, other ?? bytes)
    }
    this.#write(this.bytes, bytes)
    this.end += bytes.length
    if (this.end - this.from > length) this.from = this.end - length
  }

  /** Whether bytes that are sent again for position `at` contradict what was handed on. */
  differs(at: number, again: Uint8Array): boolean {
    for (let i = Math.max(at, this.from); i < Math.min(at + again.length, this.end); i++) {
      if (this.bytes[this.#index(i)] !== again[i - at]) return true
    }
    return false
  }

  /**
   * Takes bytes that contradict as the other reading. `known`: they were that already; `more`: they complete it; `third`:
   * they contradict it, too.
   */
  diverge(at: number, again: Uint8Array): 'known' | 'more' | 'third' {
    const first = Math.max(at, this.from)
    const other = (this.other ??= this.bytes.slice())
    let verdict: 'known' | 'more' | 'third' = 'known'
    for (let i = first; i < Math.min(at + again.length, this.end); i++) {
      const index = this.#index(i)
      const byte = again[i - at]!
      if (other[index] === byte) continue
      if (other[index] !== this.bytes[index]) verdict = 'third'
      else if (verdict === 'known') verdict = 'more'
      other[index] = byte
    }
    return verdict
  }

  /** [from, end) of a reading, in order. */
  inOrder(reading: Uint8Array): Uint8Array {
    const first = this.#index(this.from)
    const length = this.end - this.from
    const whole = new Uint8Array(length)
    const head = Math.min(length, reading.length - first)
    whole.set(reading.subarray(first, first + head))
    whole.set(reading.subarray(0, length - head), head)
    return whole
  }

  #index(position: number): number {
    return (position - this.#origin) % this.bytes.length
  }

  /** Writes `bytes` behind `end`, round the ring; only the last ones stay. */
  #write(ring: Uint8Array, bytes: Uint8Array): void {
    const { length } = ring
    const skipped = Math.max(0, bytes.length - length)
    const kept = skipped === 0 ? bytes : bytes.subarray(skipped)
    const at = this.#index(this.end + skipped)
    const head = length - at
    if (kept.length <= head) ring.set(kept, at)
    else {
      ring.set(kept.subarray(0, head), at)
      ring.set(kept.subarray(head), 0)
    }
  }
}

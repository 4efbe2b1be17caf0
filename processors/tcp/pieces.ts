/**
 * Bytes of one direction that wait for earlier ones.
 *
 * Invariants
 *  1. Sorted by `at`; no two overlap; none is empty.
 *  2. `held` is the sum of the lengths of all pieces with bytes, `cost` their memory (other readings and OVERHEAD per piece
 *     included).
 *  3. Bytes are copies: nothing here pins a batch.
 */
export interface Piece {
  /** Position in the stream: bytes after the first sequence number this direction was anchored at. */
  readonly at: number
  readonly end: number
  /** Null: known to be lost, because the capture cut the segment off. */
  readonly bytes: Uint8Array | null
  /** Policy `both`: the last reading that differs from `bytes`, as long; null when all agree. */
  other: Uint8Array | null
  /** Where the bytes came from: capture time (µs), frame number, log offset. */
  readonly time: number
  readonly packet: number
  readonly offset: number
  /** Stream time at which it began to wait. */
  readonly since: number
  /** Position of the other direction that has to be given before (cause.ts). */
  readonly cause: number
}

/** Which bytes are read where segments contradict each other: those that came first, last, or both. */
export type Overlap = 'first' | 'last' | 'both'

/** What a piece costs beside its bytes (objects and array slots, measured on V8 and rounded up): one-byte segments are not free. */
export const OVERHEAD = 256

type Place = Pick<Piece, 'time' | 'packet' | 'offset' | 'since' | 'cause'>

export class Pieces {
  readonly list: Piece[]
  held = 0
  cost = 0
  /** Of the last `insert`: bytes that were there already, and whether some of them differed. */
  duplicate = 0
  conflict = false

  constructor(list: readonly Piece[] = []) {
    this.list = [...list]
    for (const piece of list) this.#account(piece, 1)
  }

  get length(): number {
    return this.list.length
  }

  /** Position after the last piece. */
  get end(): number {
    return this.list[this.list.length - 1]!.end
  }

  /**
   * Adds [at, end). `bytes` null marks it as lost where nothing is known. Bytes that are already there stay (`first`),
   * are overwritten (`last`), or stay and the others are kept beside them (`both`); as many are reported as `duplicate`.
   */
  insert(at: number, end: number, bytes: Uint8Array | null, policy: Overlap, place: Place): void {
    this.duplicate = 0
    this.conflict = false
    let i = this.#after(at)
    let from = at
    while (from < end) {
      const piece = this.list[i]
      if (piece === undefined || piece.at >= end) {
        this.#add(i, from, end, at, bytes, place)
        return
      }
      if (piece.at > from) {
        this.#add(i++, from, piece.at, at, bytes, place)
        from = piece.at
      }
      const to = Math.min(end, piece.end)
      if (bytes !== null && piece.bytes === null) i = this.#fill(i, from, to, at, bytes, place)
      else {
        if (bytes !== null) this.#overlap(piece, from, bytes.subarray(from - at, to - at), policy)
        i++
      }
      from = to
    }
  }

  /** Removes and returns the first piece. */
  shift(): Piece {
    const piece = this.list.shift()!
    this.#account(piece, -1)
    return piece
  }

  /** Removes everything from `at` on and returns how many bytes that were. */
  cut(at: number): number {
    let removed = 0
    while (this.list.length > 0 && this.end > at) {
      const piece = this.list.pop()!
      this.#account(piece, -1)
      if (piece.bytes !== null) removed += piece.end - Math.max(at, piece.at)
      if (piece.at < at) this.#add(this.list.length, piece.at, at, piece.at, piece.bytes, piece, piece.other)
    }
    return removed
  }

  /** Removes everything before `at` and returns how many bytes that were. */
  trim(at: number): number {
    let removed = 0
    while (this.list.length > 0 && this.list[0]!.at < at) {
      const piece = this.shift()
      if (piece.bytes !== null) removed += Math.min(at, piece.end) - piece.at
      if (piece.end > at) this.#add(0, at, piece.end, piece.at, piece.bytes, piece, piece.other)
    }
    return removed
  }

  /** Index of the first piece that ends after `at`. */
  #after(at: number): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.list[middle]!.end > at) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Inserts [from, to) of `bytes` (and `other`), whose first byte stands at `origin`, before index `i`. */
  #add(
    i: number,
    from: number,
    to: number,
    origin: number,
    bytes: Uint8Array | null,
    place: Place,
    other: Uint8Array | null = null,
  ): void {
    const piece = {
      at: from,
      end: to,
      bytes: bytes?.slice(from - origin, to - origin) ?? null,
      other: other?.slice(from - origin, to - origin) ?? null,
      time: place.time,
      packet: place.packet,
      offset: place.offset,
      since: place.since,
      cause: place.cause,
    }
    if (i === this.list.length) this.list.push(piece)
    else this.list.splice(i, 0, piece)
    this.#account(piece, 1)
  }

  /** Bytes turned up for [from, to) of the lost piece `i`. Returns the index after them. */
  #fill(i: number, from: number, to: number, origin: number, bytes: Uint8Array, place: Place): number {
    const lost = this.list[i]!
    this.#account(lost, -1)
    this.list.splice(i, 1)
    if (lost.at < from) this.#add(i++, lost.at, from, lost.at, null, lost)
    this.#add(i++, from, to, origin, bytes, place)
    if (to < lost.end) this.#add(i, to, lost.end, to, null, lost)
    return i
  }

  #overlap(piece: Piece, from: number, fresh: Uint8Array, policy: Overlap): void {
    if (piece.bytes === null) return
    const old = piece.bytes.subarray(from - piece.at, from - piece.at + fresh.length)
    this.duplicate += fresh.length
    if (equal(old, fresh)) return
    this.conflict = true
    if (policy === 'last') old.set(fresh)
    if (policy !== 'both') return
    if (piece.other === null) {
      piece.other = piece.bytes.slice()
      this.cost += piece.other.length
    }
    piece.other.set(fresh, from - piece.at)
  }

  #account(piece: Piece, sign: 1 | -1): void {
    const bytes = piece.bytes?.length ?? 0
    this.held += sign * bytes
    this.cost += sign * (bytes + (piece.other?.length ?? 0) + OVERHEAD)
  }
}

/** Same bytes; of equal length. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

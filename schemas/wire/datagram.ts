/**
 * One IP packet in the making: the fragments that have come so far.
 *
 * Invariant: pieces are sorted and do not overlap; `covered` is the sum of their lengths on the wire; `memory` bounds what they
 * take. A piece's bytes may be fewer than its length on the wire: then the capture cut it.
 *
 * Overlaps. IPv4: the bytes that came first count, as RFC 791 §3.2 leaves open and most hosts do; other bytes at the same place
 * are a conflict. IPv6: an overlap that is no exact repetition spoils the whole packet (RFC 5722 §3, RFC 8200 §4.5).
 */

/** Bytes `from` to `to` of the packet's payload. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

/** Header and payload in one piece, as far as it was captured without a hole. */
export interface Whole {
  readonly bytes: Uint8Array
  /** Length of the header. */
  readonly header: number
  /** Length on the wire, header included. */
  readonly wireLength: number
  /** Captured bytes behind the first hole, and such as came twice: neither is in `bytes`. */
  readonly behind: number
  readonly repeated: number
}

/** What became of a fragment. */
export const ADDED = 0
/** Nothing new: all of it was there before. */
export const REPEATED = 1
/** It contradicts where the packet ends. */
export const MISFIT = 2
/** IPv6: it overlaps another. */
export const OVERLAP = 3

/** What a piece takes beside its bytes, roughly: the objects and their place in the list. */
const PIECE_OVERHEAD = 256
const DATAGRAM_OVERHEAD = 768

export class Datagram {
  readonly key: string
  readonly family: 4 | 6
  /** Capture time of the first fragment that came, µs. */
  readonly started: number
  /** Captured bytes of the frames that the fragments came in, and the numbers of these. */
  captured = 0
  readonly packets: number[] = []
  /** Some bytes came twice and differed. */
  conflict = false
  /** An overlap has spoilt it: what else comes of it is refused. */
  spoilt = false
  memory = DATAGRAM_OVERHEAD
  /** IP header of the first fragment, without options, and the protocol that it names. */
  #header: Uint8Array | null = null
  #protocol = 0
  #pieces: Piece[] = []
  #covered = 0
  /** Captured bytes of the fragments that added something, with what overlapped. */
  #offered = 0
  /** Length of the payload; -1 until the last fragment came. */
  #total = -1

  constructor(key: string, family: 4 | 6, started: number) {
    this.key = key
    this.family = family
    this.started = started
  }

  get pieces(): number {
    return this.#pieces.length
  }

  get complete(): boolean {
    return this.#covered === this.#total
  }

  /** `bytes[from, end)` are what was captured of `length` bytes at `offset`; copies what it keeps. */
  add(offset: number, length: number, more: boolean, bytes: Uint8Array, from: number, end: number): number {
    const to = offset + length
    const last = this.#pieces.at(-1)?.to ?? 0
    if (this.#total >= 0 ? to > this.#total || (!more && to !== this.#total) : !more && to < last) return MISFIT
    const before = this.#covered
    const data = bytes.subarray(from, end)
    if (this.family === 6 && this.#overlaps(offset, to, data)) return OVERLAP
    this.#fill(offset, to, data)
    if (!more) this.#total = to
    if (this.#covered === before) return REPEATED
    this.#offered += data.length
    return ADDED
  }

  /** The header of the fragment at offset 0. */
  keepHeader(header: Uint8Array, protocol: number): void {
    this.#header ??= header.slice()
    this.#protocol = protocol
  }

  /** Lets the bytes go; what else comes of this packet is refused. */
  spoil(): void {
    this.spoilt = true
    this.#pieces = []
    this.memory = DATAGRAM_OVERHEAD
  }

  /** Call when complete. */
  whole(): Whole {
    const header = this.#header!
    const kept: Uint8Array[] = [header]
    let length = 0
    let behind = 0
    for (const { from, bytes } of this.#pieces) {
      if (length === from) {
        kept.push(bytes)
        length += bytes.length
      } else {
        behind += bytes.length
      }
    }
    const bytes = new Uint8Array(header.length + length)
    let at = 0
    for (const part of kept) {
      bytes.set(part, at)
      at += part.length
    }
    if (this.family === 6) bytes[6] = this.#protocol
    const repeated = this.#offered - length - behind
    return { bytes, header: header.length, wireLength: header.length + this.#total, behind, repeated }
  }

  /** True when a piece is there already, and is not exactly this. */
  #overlaps(from: number, to: number, bytes: Uint8Array): boolean {
    const here = this.#pieces[this.#firstEndingAfter(from)]
    if (here === undefined || here.from >= to) return false
    return here.from !== from || here.to !== to || !agrees(here, from, to, from, bytes)
  }

  /** Puts what is new of `[from, to)` between the pieces. */
  #fill(from: number, to: number, bytes: Uint8Array): void {
    let i = this.#firstEndingAfter(from)
    for (let at = from; at < to; i++) {
      const next = this.#pieces[i]
      if (next === undefined || next.from > at) {
        const until = Math.min(to, next?.from ?? to)
        this.#insert(i, at, until, bytes.slice(at - from, until - from))
        at = until
      } else {
        const until = Math.min(to, next.to)
        if (!agrees(next, at, until, from, bytes)) this.conflict = true
        at = until
      }
    }
  }

  #insert(i: number, from: number, to: number, bytes: Uint8Array): void {
    this.#pieces.splice(i, 0, { from, to, bytes })
    this.#covered += to - from
    this.memory += bytes.length + PIECE_OVERHEAD
  }

  #firstEndingAfter(at: number): number {
    let low = 0
    let high = this.#pieces.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#pieces[middle]!.to > at) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** True when the piece and `bytes`, which start at `start`, have the same bytes in `[from, to)`, where both were captured. */
function agrees(piece: Piece, from: number, to: number, start: number, bytes: Uint8Array): boolean {
  for (let at = from; at < to; at++) {
    const [one, other] = [piece.bytes[at - piece.from], bytes[at - start]]
    if (one === undefined || other === undefined) return true
    if (one !== other) return false
  }
  return true
}

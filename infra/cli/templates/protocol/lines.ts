import type { Place } from '#schemas/contracts/protocol.ts'

/** What there is of a line that has not ended. Plain data. */
export interface Unfinished {
  readonly bytes: Uint8Array
  readonly first: Place
}

export interface LineReader {
  /** A line without its line feed; a carriage return before it belongs to it. A view, valid during the call. */
  line(bytes: Uint8Array, first: Place, last: Place): void
  /** Bytes that are no line: longer than the limit, or cut off by a gap. */
  lost(fate: 'cap' | 'gap', bytes: number, place: Place): void
}

const LF = 10

/**
 * Cuts one direction into lines, wherever the chunks are cut.
 *
 *   AwaitingLine ──longer than the limit──► SkippingLine ──LF──► AwaitingLine
 */
export class Lines {
  readonly #limit: number
  readonly #reader: LineReader
  #partial: Unfinished | null
  #skipping: boolean

  constructor(limit: number, reader: LineReader, partial: Unfinished | null, skipping: boolean) {
    this.#limit = limit
    this.#reader = reader
    this.#partial = partial
    this.#skipping = skipping
  }

  get partial(): Unfinished | null {
    return this.#partial
  }

  get skipping(): boolean {
    return this.#skipping
  }

  data(bytes: Uint8Array, place: Place): void {
    for (let at = 0; at < bytes.length; ) {
      const feed = bytes.indexOf(LF, at)
      const end = feed < 0 ? bytes.length : feed + 1
      this.#piece(bytes.subarray(at, end), feed >= 0, place)
      at = end
    }
  }

  /** The line in hand will never be whole. */
  cut(place: Place): void {
    if (this.#partial !== null) this.#reader.lost('gap', this.#partial.bytes.length, place)
    this.#partial = null
    this.#skipping = false
  }

  /** Part of one line, up to and with its line feed if `whole`. */
  #piece(piece: Uint8Array, whole: boolean, place: Place): void {
    if (this.#skipping) {
      this.#reader.lost('cap', piece.length, place)
      this.#skipping = !whole
      return
    }
    const held = this.#partial?.bytes.length ?? 0
    if (held + piece.length > this.#limit) {
      this.#partial = null
      this.#reader.lost('cap', held + piece.length, place)
      this.#skipping = !whole
      return
    }
    const first = this.#partial?.first ?? place
    const bytes = this.#partial === null ? piece : Buffer.concat([this.#partial.bytes, piece])
    this.#partial = whole ? null : { bytes: Uint8Array.from(bytes), first }
    if (whole) this.#reader.line(bytes.subarray(0, bytes.length - 1), first, place)
  }
}

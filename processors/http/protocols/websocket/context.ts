/** The last 32 KiB of a stream that grows by small pieces: sliding costs a copy once per 32 KiB, not per piece. */

export const WINDOW = 32_768
const EMPTY = new Uint8Array(0)

export class Context {
  #room: Uint8Array = EMPTY
  #length = 0

  /** A view, valid until the next call. */
  get bytes(): Uint8Array {
    return this.#room.subarray(Math.max(0, this.#length - WINDOW), this.#length)
  }

  /** Memory it takes. */
  get size(): number {
    return this.#room.length
  }

  add(piece: Uint8Array): void {
    const { length } = piece
    if (length >= WINDOW) {
      this.#room = piece.slice(-WINDOW)
      this.#length = WINDOW
      return
    }
    if (this.#length + length > this.#room.length) this.#makeRoom(length)
    this.#room.set(piece, this.#length)
    this.#length += length
  }

  clear(): void {
    this.#room = EMPTY
    this.#length = 0
  }

  /** For a piece shorter than the window. */
  #makeRoom(length: number): void {
    const kept = this.bytes
    const least = kept.length + length
    if (this.#room.length < 2 * WINDOW) this.#room = new Uint8Array(Math.min(2 * WINDOW, 2 * least))
    this.#room.set(kept)
    this.#length = kept.length
  }
}

/**
 * The unread end of what came before: an unfinished head or line. Grows by doubling; what is read is dropped from the
 * front once per call, so feeding byte by byte stays linear.
 */
import type { Place } from '#schemas/contracts/protocol.ts'

export class Held {
  #room: Buffer = Buffer.alloc(0)
  length = 0
  /** Where the first held byte came from. */
  place: Place | null = null

  /** All held bytes: a view, valid until the next call. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.length)
  }

  append(bytes: Uint8Array, place: Place): void {
    if (this.length === 0) this.place = place
    const length = this.length + bytes.length
    if (length > this.#room.length) {
      const room = Buffer.alloc(Math.max(64, 2 * this.#room.length, length))
      room.set(this.#room.subarray(0, this.length))
      this.#room = room
    }
    this.#room.set(bytes, this.length)
    this.length = length
  }

  /** Drops the first `count` bytes; the first that stays came from `place`. */
  drop(count: number, place: Place): void {
    if (count === this.length) {
      this.clear()
      return
    }
    this.#room.copyWithin(0, count, this.length)
    this.length -= count
    this.place = place
  }

  clear(): void {
    this.length = 0
    this.place = null
    this.#room = Buffer.alloc(0)
  }
}

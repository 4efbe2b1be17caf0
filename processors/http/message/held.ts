/**
 * The unread end of what came before: an unfinished head or line, and where its bytes came from. Grows by doubling; what
 * is read is dropped from the front once per call, so feeding byte by byte stays linear.
 */
import type { Place, Rest } from '#schemas/contracts/protocol.ts'

/** From this index on, bytes came from this place. */
interface Mark {
  at: number
  readonly place: Place
}

const EMPTY = Buffer.alloc(0)

/** Memory of a mark, about. */
const MARK = 64

export class Held {
  #room: Buffer = EMPTY
  #marks: Mark[] = []
  length = 0

  /** All held bytes: a view, valid until the next call. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.length)
  }

  /** Memory it takes, about. */
  get size(): number {
    return this.length + MARK * this.#marks.length
  }

  append(bytes: Uint8Array, place: Place): void {
    const length = this.length + bytes.length
    const last = this.#marks.at(-1)
    if (last === undefined || !samePlace(last.place, place)) this.#marks.push({ at: this.length, place })
    if (length > this.#room.length) {
      const room = Buffer.alloc(Math.max(64, 2 * this.#room.length, length))
      room.set(this.#room.subarray(0, this.length))
      this.#room = room
    }
    this.#room.set(bytes, this.length)
    this.length = length
  }

  /** Where the byte at this index came from. There must be one. */
  placeAt(at: number): Place {
    return this.#marks[this.#markOf(at)]!.place
  }

  drop(count: number): void {
    if (count === this.length) {
      this.clear()
      return
    }
    this.#room.copyWithin(0, count, this.length)
    this.length -= count
    this.#marks.splice(0, this.#markOf(count))
    for (const mark of this.#marks) mark.at = Math.max(0, mark.at - count)
  }

  clear(): void {
    this.length = 0
    this.#marks = []
    this.#room = EMPTY
  }

  /** The bytes by place, views. */
  pieces(): Rest[] {
    return this.#marks.map(({ at, place }, i) => ({
      bytes: new Uint8Array(
        this.#room.buffer,
        this.#room.byteOffset + at,
        (this.#marks[i + 1]?.at ?? this.length) - at,
      ),
      place,
    }))
  }

  /** Index of the mark that byte `at` stands under. By halves: an unfinished head is asked about with every byte of it. */
  #markOf(at: number): number {
    let low = 0
    let high = this.#marks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#marks[middle]!.at <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}

export function samePlace(a: Place, b: Place): boolean {
  return a.packet === b.packet && a.offset === b.offset && a.time === b.time
}

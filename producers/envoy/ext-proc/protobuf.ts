/**
 * Reads protocol buffers field by field, in place, every length checked against what there is.
 *
 *   field  = tag value            tag = varint: number << 3 | wire type
 *   value  = varint               wire type 0
 *          / 8OCTET               1
 *          / length *OCTET        2: length = varint, at most what is left
 *          / 4OCTET               5; groups (3 and 4) are not taken
 *   varint = *9(%x80-FF) %x00-7F  little-endian groups of seven bits
 *
 * (protobuf.dev/programming-guides/encoding) Unknown fields are the caller's to pass over: they are read like any other.
 */
import { isUtf8 } from 'node:buffer'
import { Refused } from '#schemas/contracts/errors.ts'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

export class Fields {
  /** Of the field at hand: its number; */
  number = 0
  /** the value of a varint (exact below 2^53), 0 for others; */
  value = 0
  /** where the bytes of anything else begin and end. Both are 0 for a varint. */
  start = 0
  end = 0
  readonly bytes: Buffer
  #at: number
  readonly #most: number

  /** The message in `bytes[at, most)`. */
  constructor(bytes: Buffer, at = 0, most = bytes.length) {
    this.bytes = bytes
    this.#at = at
    this.#most = most
  }

  /** Moves to the next field; false after the last. Throws `Refused`. */
  next(): boolean {
    if (this.#at === this.#most) return false
    const tag = this.#varint()
    this.number = Math.floor(tag / 8)
    this.value = this.start = this.end = 0
    const wire = tag % 8
    if (wire === VARINT) {
      this.value = this.#varint()
      return true
    }
    const size =
      wire === BYTES ? this.#varint() : wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : bad(`wire type ${wire}`, this.#at)
    if (size > this.#most - this.#at) bad(`a field of ${size} bytes, ${this.#most - this.#at} are left`, this.#at)
    this.start = this.#at
    this.end = this.#at += size
    return true
  }

  /** The field as a message. Of a varint: an empty one. */
  message(): Fields {
    return new Fields(this.bytes, this.start, this.end)
  }

  /** The field's bytes: a view. */
  view(): Buffer {
    return this.bytes.subarray(this.start, this.end)
  }

  /** The field as text: Latin-1 where it is no UTF-8, as HTTP headers may be. */
  text(): string {
    const { bytes, start, end } = this
    for (let i = start; i < end; i++) {
      if (bytes[i]! >= 0x80) return bytes.toString(isUtf8(bytes.subarray(start, end)) ? 'utf8' : 'latin1', start, end)
    }
    return bytes.toString('latin1', start, end)
  }

  /** The field as a `double`. */
  double(): number {
    return this.end - this.start === 8 ? this.bytes.readDoubleLE(this.start) : 0
  }

  #varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      if (this.#at === this.#most) bad('a number that is cut off', this.#at)
      const byte = this.bytes[this.#at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    return bad('a number of more than ten bytes', this.#at)
  }
}

function bad(what: string, at: number): never {
  throw new Refused('message-malformed', `protobuf: ${what} at byte ${at}`)
}

/**
 * State of an ASP.NET page as ObjectStateFormatter writes it:
 *
 *   state  = FF 01 value [ signature ]
 *   value  = type(8) content        lengths and counts are 7 bits per octet, low ones first
 *
 *   pair 15, triplet 16: values     array 20: type count *value     strings 21: count *text     list 22: count *value
 *   hashtable 23, dictionary 24: count *( value value )             sparse array 60: type length count *( index value )
 *   text 5, 30; formatted 40: type text; binary 50: length bytes; the rest are numbers and constants
 */
import type { Yield } from '#schemas/contracts/detector.ts'
import { byteText } from '../../text/bytes.ts'

/** Bytes of content of the types that hold nothing else. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [1, 2], // Int16
  [3, 1], // Byte
  [6, 8], // DateTime
  [7, 8], // Double
  [8, 4], // Single
  [9, 4], // Color
  [27, 12], // Unit
  [31, 1], // a text that was there before
  ...[12, 28, 100, 101, 102, 103, 104].map((type): [number, number] => [type, 0]),
])

/** Types of one number: Int32, Char, KnownColor. */
const NUMBERS: ReadonlySet<number> = new Set([2, 4, 10])

export type Ending = 'whole' | 'broken' | 'too-deep' | 'stopped'

export class StateReader {
  readonly #bytes: Uint8Array
  readonly #nesting: number
  readonly #out: Yield
  readonly #point: string[]
  #at = 2
  #ending: Ending = 'whole'

  constructor(bytes: Uint8Array, prefix: readonly string[], nesting: number, out: Yield) {
    this.#bytes = bytes
    this.#point = [...prefix]
    this.#nesting = nesting
    this.#out = out
  }

  /** A signature may follow: what stands behind the value is not looked at. */
  read(): Ending {
    this.#value(1)
    return this.#ending
  }

  #value(depth: number): boolean {
    if (depth > this.#nesting) return this.#end('too-deep')
    const type = this.#octet()
    const fixed = FIXED.get(type)
    if (fixed !== undefined) return this.#skip(fixed)
    if (NUMBERS.has(type)) return this.#number() >= 0
    switch (type) {
      case 5:
      case 30:
        return this.#text()
      case 11:
        return this.#type() && this.#number() >= 0
      case 15:
        return this.#list('viewstate_pair', 2, depth)
      case 16:
        return this.#list('viewstate_triplet', 3, depth)
      case 20:
        return this.#type() && this.#list('viewstate_array', this.#number(), depth)
      case 21:
        return this.#texts(this.#number())
      case 22:
        return this.#list('viewstate_array', this.#number(), depth)
      case 23:
      case 24:
        return this.#dictionary(this.#number(), depth)
      case 25:
        return this.#type()
      case 40:
        return this.#type() && this.#text()
      case 50:
        return this.#text()
      case 60:
        return this.#type() && this.#number() >= 0 && this.#sparse(this.#number(), depth)
      default:
        return this.#end('broken')
    }
  }

  #list(element: string, count: number, depth: number): boolean {
    for (let i = 0; i < count; i++) if (!this.#inside(element, i, () => this.#value(depth + 1))) return false
    return count >= 0
  }

  #texts(count: number): boolean {
    for (let i = 0; i < count; i++) if (!this.#inside('viewstate_array', i, () => this.#text())) return false
    return count >= 0
  }

  #dictionary(count: number, depth: number): boolean {
    for (let i = 0; i < count; i++) {
      if (!this.#inside('viewstate_dict_key', i, () => this.#value(depth + 1))) return false
      if (!this.#inside('viewstate_dict_value', i, () => this.#value(depth + 1))) return false
    }
    return count >= 0
  }

  #sparse(count: number, depth: number): boolean {
    for (let i = 0; i < count; i++) {
      const index = this.#number()
      if (index < 0 || !this.#inside('viewstate_sparse_array', index, () => this.#value(depth + 1))) return false
    }
    return count >= 0
  }

  #inside(element: string, index: number, read: () => boolean): boolean {
    this.#point.push(element, String(index))
    const went = read()
    this.#point.length -= 2
    return went
  }

  /** A type by name (41, 42) or by a number given before (43). */
  #type(): boolean {
    const kind = this.#octet()
    if (kind === 41 || kind === 42) return this.#text()
    return kind === 43 ? this.#number() >= 0 : this.#end('broken')
  }

  /** Text, or bytes that may be one. */
  #text(): boolean {
    const length = this.#number()
    if (length < 0 || this.#at + length > this.#bytes.length) return this.#end('broken')
    const text = byteText(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return text === '' || this.#out(this.#point, text) || this.#end('stopped')
  }

  #skip(bytes: number): boolean {
    this.#at += bytes
    return this.#at <= this.#bytes.length || this.#end('broken')
  }

  /** Five octets at most; -1 when there is none. */
  #number(): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      const octet = this.#octet()
      if (octet < 0) break
      value += (octet & 0x7f) * 2 ** (7 * i)
      if (octet < 0x80) return value
    }
    this.#end('broken')
    return -1
  }

  #octet(): number {
    return this.#bytes[this.#at++] ?? -1
  }

  #end(ending: Ending): false {
    if (this.#ending === 'whole') this.#ending = ending
    return false
  }
}

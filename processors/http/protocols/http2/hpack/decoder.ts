/**
 * Header blocks of one direction (RFC 7541 §6).
 *
 *   block        = *size-update *representation
 *   indexed      = 1xxxxxxx   index, 7-bit prefix, not 0
 *   literal      = 01xxxxxx   with incremental indexing, 6-bit prefix   ┐ index of the name, or 0 and the name;
 *                | 0000xxxx   without indexing, 4-bit prefix            ├ then the value
 *                | 0001xxxx   never indexed, 4-bit prefix               ┘
 *   size-update  = 001xxxxx   5-bit prefix, only at the beginning of a block
 *   integer      = prefix | prefix of ones, *( 1xxxxxxx ) 0xxxxxxx      at most four octets behind the prefix
 *   string       = H length (7-bit prefix) octets                       H: in the Huffman code
 *
 * An error ends the block: what follows in it is not known, insertions included, so the table is lost with it.
 */
import { latin1 } from '../../../message/text.ts'
import { type Field, fieldOf, unknownField } from '../field.ts'
import { DynamicTable } from './dynamic-table.ts'
import { huffmanString } from './huffman.ts'
import { STATIC } from './static-table.ts'

const LAST_STATIC = STATIC.length - 1

/** Behind the prefix, four octets of seven bits: no length and no index of a section within the limits is longer. */
const MOST_OCTETS = 4

export class HpackDecoder {
  readonly table: DynamicTable
  /** Largest table that the other side may have allowed, octets; infinite when that was not seen. */
  allowed = Number.POSITIVE_INFINITY
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  #error = ''

  /** `cap`: octets of the table that are kept. */
  constructor(cap: number) {
    this.table = new DynamicTable(cap)
  }

  /** Appends the fields of the block `bytes[from, to)` to `fields`, and names of what is wrong with it to `anomalies`. */
  decode(bytes: Uint8Array, from: number, to: number, fields: Field[], anomalies: string[]): void {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
    this.#error = ''
    let updates = true
    while (this.#at < this.#end && this.#error === '') {
      const first = bytes[this.#at]!
      if ((first & 0xe0) === 0x20) {
        if (!updates) anomalies.push('http2.hpack-late-size-update')
        this.#resize(anomalies)
        continue
      }
      updates = false
      const field = first >= 0x80 ? this.#indexed() : this.#literal(first)
      if (field !== null) fields.push(field)
    }
    if (this.#error === '') return
    anomalies.push(this.#error)
    this.table.lose()
  }

  #indexed(): Field | null {
    const index = this.#integer(0x7f)
    if (index === 0) return this.#fail('http2.hpack-bad-index')
    return this.#entry(index) ?? (this.#error === '' ? UNKNOWN : null)
  }

  #literal(first: number): Field | null {
    const indexing = first >= 0x40
    const index = this.#integer(indexing ? 0x3f : 0x0f)
    const name = index === 0 ? this.#string() : (this.#entry(index)?.name ?? null)
    const value = this.#string()
    if (this.#error !== '') return null
    const field = name === null ? unknownField(value) : fieldOf(name, value)
    if (indexing) this.table.insert(field)
    return field
  }

  /** Undefined when it is not known, or wrong: then `#error` says so. */
  #entry(index: number): Field | undefined {
    if (index <= LAST_STATIC) return index > 0 ? STATIC[index] : undefined
    const field = this.table.get(index - LAST_STATIC)
    if (field === undefined && !this.table.older && this.#error === '') this.#error = 'http2.hpack-bad-index'
    return field
  }

  #resize(anomalies: string[]): void {
    const size = this.#integer(0x1f)
    if (this.#error !== '') return
    if (size > this.allowed) anomalies.push('http2.hpack-size-update-too-large')
    this.table.resize(size)
  }

  #integer(prefix: number): number {
    const bytes = this.#bytes
    let value = bytes[this.#at++]! & prefix
    if (value < prefix) return value
    for (let shift = 0; shift < 7 * MOST_OCTETS; shift += 7) {
      if (this.#at >= this.#end) return this.#failed('http2.hpack-truncated')
      const octet = bytes[this.#at++]!
      value += (octet & 0x7f) << shift
      if (octet < 0x80) return value
    }
    return this.#failed('http2.hpack-integer-overflow')
  }

  #string(): string {
    if (this.#error !== '') return ''
    if (this.#at >= this.#end) {
      this.#fail('http2.hpack-truncated')
      return ''
    }
    const huffman = this.#bytes[this.#at]! >= 0x80
    const length = this.#integer(0x7f)
    const from = this.#at
    if (length > this.#end - from && this.#error === '') this.#error = 'http2.hpack-truncated'
    if (this.#error !== '') return ''
    this.#at = from + length
    if (!huffman) return latin1(this.#bytes, from, this.#at)
    return huffmanString(this.#bytes, from, this.#at) ?? this.#failedString()
  }

  #fail(error: string): null {
    if (this.#error === '') this.#error = error
    return null
  }

  #failed(error: string): number {
    this.#fail(error)
    return 0
  }

  #failedString(): string {
    this.#fail('http2.hpack-bad-huffman')
    return ''
  }
}

const UNKNOWN = unknownField('')

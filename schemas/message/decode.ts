/**
 * Values out of MessagePack whose bounds are known (bounds.ts): no length, depth or count is looked at again. The package's own
 * decoder takes five times as long, does not tell text from bytes where text is no UTF-8, and makes room for what a header promises;
 * it is the oracle in the tests.
 *
 *   text: UTF-8 where it decodes, Latin-1 otherwise       bin: a view of the input      map: an object, its keys are text
 */
import { isUtf8 } from 'node:buffer'
import { Refused } from '#schemas/contracts/errors.ts'

/** `ascii`: all text in it is. `keys`: those worth knowing by sight. Throws `Refused` for a key that is no text, or `__proto__`. */
export function decode(bytes: Uint8Array, ascii: boolean, keys: KeyNames): unknown {
  return new Reader(bytes, ascii, keys).value()
}

/**
 * The same for a map: its values into `record`, as far as `takes` wants them; returns the names of the others. An object that has
 * its keys already stays fast however many they are, and whoever writes messages chooses no name in it. Throws `Refused` for
 * what is no map.
 */
export function decodeInto(
  record: Record<string, unknown>,
  takes: ReadonlySet<string>,
  bytes: Uint8Array,
  ascii: boolean,
  keys: KeyNames,
): readonly string[] {
  return new Reader(bytes, ascii, keys).fill(record, takes)
}

/** Names by their length, with their bytes. Comparing a key with the few of its length costs less than making a string of it. */
export class KeyNames {
  readonly #byLength: (readonly { readonly name: string; readonly bytes: Uint8Array }[])[] = []

  constructor(names: readonly string[]) {
    for (const name of new Set(names)) {
      const bytes = new TextEncoder().encode(name)
      this.#byLength[bytes.length] = [...(this.#byLength[bytes.length] ?? []), { name, bytes }]
    }
  }

  /** The name that stands at `at`; null: another one. */
  find(source: Uint8Array, at: number, length: number): string | null {
    const candidates = this.#byLength[length]
    if (candidates === undefined) return null
    for (let c = 0; c < candidates.length; c++) {
      const { name, bytes } = candidates[c]!
      let i = 0
      while (i < length && bytes[i] === source[at + i]) i++
      if (i === length) return name
    }
    return null
  }
}

/** Node has it for any bytes, its types do not: half the time of `toString('latin1')` on short texts, and no Buffer. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string
}

const NONE: readonly string[] = []

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #ascii: boolean
  readonly #keys: KeyNames
  #at = 0

  constructor(bytes: Uint8Array, ascii: boolean, keys: KeyNames) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#ascii = ascii
    this.#keys = keys
  }

  fill(record: Record<string, unknown>, takes: ReadonlySet<string>): readonly string[] {
    let others: string[] | null = null
    for (let left = this.#entries(); left > 0; left--) {
      const key = this.#key()
      const value = this.value()
      if (takes.has(key)) record[key] = value
      else (others ??= []).push(key)
    }
    return others ?? NONE
  }

  value(): unknown {
    const head = this.#bytes[this.#at++]!
    if (head < 0x80) return head
    if (head < 0x90) return this.#map(head & 15)
    if (head < 0xa0) return this.#array(head & 15)
    if (head < 0xc0) return this.#text(head & 31)
    if (head >= 0xe0) return head - 0x100
    return this.#wide(head)
  }

  #wide(head: number): unknown {
    switch (head) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#size(head - 0xc4))
      case 0xca:
        return this.#view.getFloat32(this.#skip(4))
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8))
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#size(head - 0xcc)
      case 0xcf:
        return Number(this.#view.getBigUint64(this.#skip(8)))
      case 0xd0:
        return this.#view.getInt8(this.#skip(1))
      case 0xd1:
        return this.#view.getInt16(this.#skip(2))
      case 0xd2:
        return this.#view.getInt32(this.#skip(4))
      case 0xd3:
        return Number(this.#view.getBigInt64(this.#skip(8)))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#size(head - 0xd9))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#size(head - 0xdb))
      case 0xde:
      case 0xdf:
        return this.#map(this.#size(head - 0xdd))
      default:
        throw new Error(`byte 0x${head.toString(16)} is out of bounds`)
    }
  }

  /** A number of 1, 2 or 4 bytes: width 0, 1, 2. */
  #size(width: number): number {
    if (width === 0) return this.#bytes[this.#at++]!
    return width === 1 ? this.#view.getUint16(this.#skip(2)) : this.#view.getUint32(this.#skip(4))
  }

  #skip(length: number): number {
    const at = this.#at
    this.#at = at + length
    return at
  }

  #binary(length: number): Uint8Array {
    const at = this.#skip(length)
    // A plain view, also of a Buffer, whose `slice` would not copy.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, length)
  }

  #text(length: number): string {
    const at = this.#skip(length)
    if (this.#ascii) return latin1Slice.call(this.#bytes, at, at + length)
    const part = this.#bytes.subarray(at, at + length)
    return Buffer.from(part.buffer, part.byteOffset, length).toString(isUtf8(part) ? 'utf8' : 'latin1')
  }

  #array(length: number): unknown[] {
    const array: unknown[] = []
    for (let i = 0; i < length; i++) array.push(this.value())
    return array
  }

  #map(length: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    for (let i = 0; i < length; i++) {
      const key = this.#key()
      map[key] = this.value()
    }
    return map
  }

  /** How many entries the map has that begins here. */
  #entries(): number {
    const head = this.#bytes[this.#at++]!
    if (head >= 0x80 && head < 0x90) return head & 15
    if (head === 0xde || head === 0xdf) return this.#size(head - 0xdd)
    throw new Refused('message-malformed', 'message: no map')
  }

  #key(): string {
    const start = this.#at
    const head = this.#bytes[start]!
    if (head >= 0xa0 && head < 0xc0) {
      const known = this.#keys.find(this.#bytes, start + 1, head & 31)
      if (known !== null) {
        this.#at = start + 1 + (head & 31)
        return known
      }
    }
    const key = this.value()
    if (typeof key === 'string' && key !== '__proto__') return key
    const what = key === '__proto__' ? '__proto__' : `${key === null ? 'nil' : typeof key}`
    throw new Refused('message-malformed', `message: a key is ${what} at byte ${start}`)
  }
}

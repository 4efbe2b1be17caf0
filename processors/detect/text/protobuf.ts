/**
 * Protocol Buffers without their schema: fields by number, as deep as they nest.
 *
 *   message = *field
 *   field   = tag value          tag: varint, number * 8 + wire type; numbers from 1 to 2^29 - 1
 *   value   = varint (0) | 8 bytes (1) | varint length, that many bytes (2) | *field, end tag (3, 4) | 4 bytes (5)
 *
 * Bytes with a length are text, a message, or neither, and nothing says which. UTF-8 without control characters is text; what
 * parses as a message to its last byte is one, and is looked at as text as well when it could be text and little of it was
 * found in its fields. The rest is handed on as the text that it may be. Numbers are passed over.
 */
import { isUtf8 } from 'node:buffer'
import type { DecoderLimits, Yield } from '#schemas/contracts/detector.ts'
import { byteText } from './bytes.ts'

const Wire = { Varint: 0, Fixed64: 1, Bytes: 2, Start: 3, End: 4, Fixed32: 5 } as const

const HIGHEST_FIELD = 2 ** 29 - 1

/** Of a value with control characters, the printable share from which it may be text all the same. */
const MOSTLY = 0.8

/** Values of a message, each at the numbers of its fields. One reader per message. */
export class ProtobufReader {
  readonly #bytes: Uint8Array
  readonly #limits: DecoderLimits
  readonly #out: Yield
  readonly #point: string[]
  #tooDeep = false
  #spent = false
  /** Bytes that were handed on as text. */
  #shown = 0

  /** `prefix`: the point of the message. */
  constructor(bytes: Uint8Array, prefix: readonly string[], limits: DecoderLimits, out: Yield) {
    this.#bytes = bytes
    this.#point = [...prefix]
    this.#limits = limits
    this.#out = out
  }

  /** The receiver wants no more. */
  get spent(): boolean {
    return this.#spent
  }

  /** False when it nests deeper than the limit. A message that breaks off is read up to there, the rest as text. */
  read(): boolean {
    const end = this.#bytes.length
    const at = this.#fields(0, end, 0)
    if (at < end) this.#text(at, end)
    return !this.#tooDeep
  }

  /** Reads fields from `at` to `end`; returns where it stopped. */
  #fields(at: number, end: number, depth: number): number {
    let next = at
    /** Fields of the groups that are open. */
    let groups = 0
    while (next < end && !this.#spent) {
      const field = fieldAt(this.#bytes, next, end)
      if (field === null) return next
      if (field.wire === Wire.Start) {
        if (depth + ++groups > this.#limits.nesting) this.#tooDeep = this.#spent = true
        this.#point.push(String(field.number))
      } else if (field.wire === Wire.End) {
        if (groups === 0) return next
        groups--
        this.#point.pop()
      } else if (field.wire === Wire.Bytes) {
        this.#point.push(String(field.number))
        this.#value(field.from, field.to, depth + groups + 1)
        this.#point.pop()
      }
      next = field.to
    }
    this.#point.length -= groups
    return next
  }

  #value(from: number, to: number, depth: number): void {
    const length = to - from
    if (length === 0) return
    const share = isUtf8(this.#bytes.subarray(from, to)) ? printableIn(this.#bytes, from, to) / length : 0
    if (share === 1 || !isMessage(this.#bytes, from, to)) this.#text(from, to)
    else if (depth > this.#limits.nesting) this.#tooDeep = this.#spent = true
    else {
      const before = this.#shown
      this.#fields(from, to, depth)
      // A string whose first bytes make a number of what follows.
      if (share >= MOSTLY && this.#shown - before < length / 2) this.#text(from, to)
    }
  }

  #text(from: number, to: number): void {
    this.#shown += to - from
    if (!this.#spent && !this.#out(this.#point, byteText(this.#bytes.subarray(from, to)))) this.#spent = true
  }
}

interface FieldAt {
  readonly number: number
  readonly wire: number
  /** The value, of `Bytes` without its length. */
  readonly from: number
  readonly to: number
}

/** Null when none begins here. */
function fieldAt(bytes: Uint8Array, at: number, end: number): FieldAt | null {
  const tag = varintAt(bytes, at, end)
  if (tag === null) return null
  const wire = tag.value % 8
  const number = Math.floor(tag.value / 8)
  if (number < 1 || number > HIGHEST_FIELD) return null
  let from = tag.to
  let to = from
  if (wire === Wire.Varint) to = varintAt(bytes, from, end)?.to ?? end + 1
  else if (wire === Wire.Fixed64) to = from + 8
  else if (wire === Wire.Fixed32) to = from + 4
  else if (wire === Wire.Bytes) {
    const length = varintAt(bytes, from, end)
    if (length === null) return null
    from = length.to
    to = from + length.value
  } else if (wire > Wire.Fixed32) return null
  return to > end ? null : { number, wire, from, to }
}

/** Ten octets at most; a length or tag beyond 2^53 is beyond every end. */
function varintAt(bytes: Uint8Array, at: number, end: number): { readonly value: number; readonly to: number } | null {
  let value = 0
  for (let i = 0; i < 10 && at + i < end; i++) {
    const octet = bytes[at + i]!
    value += (octet & 0x7f) * 2 ** (7 * i)
    if (octet < 0x80) return { value, to: at + i + 1 }
  }
  return null
}

/** Fields to the last byte, groups closed. What is inside of values is not looked at. */
function isMessage(bytes: Uint8Array, from: number, to: number): boolean {
  let groups = 0
  for (let at = from; at < to; ) {
    const field = fieldAt(bytes, at, to)
    if (field === null) return false
    if (field.wire === Wire.Start) groups++
    else if (field.wire === Wire.End && --groups < 0) return false
    at = field.to
  }
  return groups === 0
}

/** How many bytes are no control characters, tab and line ends aside. */
function printableIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if ((byte >= 0x20 && byte !== 0x7f) || byte === 9 || byte === 10 || byte === 13) count++
  }
  return count
}

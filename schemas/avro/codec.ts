/**
 * Records as Avro's single-object encoding (Avro specification 1.12):
 *
 *   0  0xC3 0x01
 *   2  CRC-64-AVRO fingerprint of the writer's schema, little-endian
 *  10  the record
 *
 * A codec writes its current schema and reads every schema it knows; the reader's schema is always the current one.
 */
import avsc from 'avsc'
import { Refused } from '#schemas/contracts/errors.ts'
import { boundsCheck } from './bounds.ts'
import { canonicalForm, fingerprintOf, type Schema } from './canonical.ts'
import { shortStrings } from './strings.ts'

export const HEADER_BYTES = 10
const MARKER = [0xc3, 0x01] as const
/** Records are written into slabs of this size, or of their own size if that is larger. */
const SLAB = 64 * 1024

interface Writer {
  readonly check: (bytes: Uint8Array, start: number) => void
  readonly type: avsc.Type
  /** Null: written with the current schema. */
  readonly resolver: avsc.Resolver | null
}

export class Codec {
  readonly #type: avsc.Type
  readonly #header: Uint8Array
  readonly #writers = new Map<string, Writer>()
  readonly #current: Writer
  #slab = Buffer.allocUnsafeSlow(SLAB)
  #used = 0

  /** Throws `TypeError` when `current` cannot read one of the `others`: that would be an incompatible change. */
  constructor(current: Schema, others: readonly Schema[] = []) {
    this.#type = parse(current)
    this.#header = headerOf(current)
    this.#current = { check: boundsCheck(current), type: this.#type, resolver: null }
    for (const other of others) {
      if (canonicalForm(other) === canonicalForm(current)) continue
      const type = parse(other)
      this.#writers.set(fingerprintKey(headerOf(other)), {
        check: boundsCheck(other),
        type,
        resolver: resolve(this.#type, type),
      })
    }
  }

  /**
   * `record` must fit the schema: anything else is a bug, and throws what avsc throws. The result is a view of a slab that
   * records encoded at about the same time share: copy it to keep it for long, or to send it to another thread.
   */
  encode(record: unknown): Uint8Array<ArrayBuffer> {
    let start = this.#used
    let end = this.#type.encode(record, this.#slab, start + HEADER_BYTES)
    if (end < 0) {
      // What is left of the slab was too small. avsc tells by how much: -end bytes.
      const size = this.#slab.length - start - end
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB, size))
      start = 0
      end = this.#type.encode(record, this.#slab, HEADER_BYTES)
    }
    this.#used = end
    this.#slab.set(this.#header, start)
    return new Uint8Array(this.#slab.buffer, start, end - start)
  }

  /**
   * The record in the shape of the current schema; its strings and bytes are copies. Throws `Refused`: `not-avro`,
   * `unknown-schema` or `bad-record`.
   */
  decode(bytes: Uint8Array): unknown {
    if (bytes.length < HEADER_BYTES || bytes[0] !== MARKER[0] || bytes[1] !== MARKER[1]) {
      throw new Refused('not-avro', `no Avro record: ${bytes.length} bytes without the marker C3 01`)
    }
    const writer = this.#writerOf(bytes)
    writer.check(bytes, HEADER_BYTES)
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    try {
      return this.#type.decode(buffer, HEADER_BYTES, writer.resolver ?? undefined).value
    } catch (cause) {
      throw new Refused('bad-record', `Avro record: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }
  }

  #writerOf(bytes: Uint8Array): Writer {
    let own = true
    for (let i = 2; i < HEADER_BYTES; i++) own &&= bytes[i] === this.#header[i]
    if (own) return this.#current
    const fingerprint = fingerprintKey(bytes)
    const writer = this.#writers.get(fingerprint)
    if (writer === undefined) throw new Refused('unknown-schema', `no schema with fingerprint ${fingerprint} is known`)
    return writer
  }
}

function parse(schema: Schema): avsc.Type {
  return avsc.Type.forSchema(structuredClone(schema) as avsc.Schema, { wrapUnions: 'never', typeHook: shortStrings })
}

function resolve(reader: avsc.Type, writer: avsc.Type): avsc.Resolver {
  try {
    return reader.createResolver(writer)
  } catch (cause) {
    throw new TypeError(`incompatible schemas: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

function headerOf(schema: Schema): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(MARKER)
  new DataView(header.buffer).setBigUint64(2, fingerprintOf(schema), true)
  return header
}

/** The fingerprint in a header, as it is printed: 16 hex digits, most significant first. */
function fingerprintKey(header: Uint8Array): string {
  return Buffer.from(header.subarray(2, HEADER_BYTES)).reverse().toString('hex')
}

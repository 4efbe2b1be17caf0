/**
 * The two ways to say which schema an Avro record was written with.
 *
 *   inside (Avro 1.12, single-object encoding)          C3 01   fingerprint:u64le   record
 *   in Kafka with a registry (Confluent's wire format)  00      id:i32be            record
 *
 * The first byte tells them apart, so both may stand in one topic.
 */
import { fingerprintOf, type Schema } from '#schemas/avro/canonical.ts'

export const OBJECT_BYTES = 10
export const WIRE_BYTES = 5
const MAGIC = 0

/** The single-object header of a schema. */
export function objectHeader(schema: Schema): Buffer {
  const header = Buffer.of(0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0)
  header.writeBigUInt64LE(fingerprintOf(schema), 2)
  return header
}

export function wireHeader(id: number): Buffer {
  const header = Buffer.of(MAGIC, 0, 0, 0, 0)
  header.writeInt32BE(id, 1)
  return header
}

/** The fingerprint in a value's header, as a key of maps; null when the value has none. */
export function fingerprintIn(value: Uint8Array): string | null {
  if (value.length < OBJECT_BYTES || value[0] !== 0xc3 || value[1] !== 0x01) return null
  return view(value).toString('latin1', 2, OBJECT_BYTES)
}

/** The id in a value's header; null when the value has none. */
export function idIn(value: Uint8Array | null): number | null {
  if (value === null || value.length < WIRE_BYTES || value[0] !== MAGIC) return null
  const id = view(value).readInt32BE(1)
  return id < 0 ? null : id
}

/** A copy of `value` with another header instead of its first `from` bytes. */
export function withHeader(value: Uint8Array, from: number, header: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(value.length - from + header.length)
  header.copy(bytes)
  bytes.set(value.subarray(from), header.length)
  return bytes
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

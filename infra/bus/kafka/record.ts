/**
 * A record of ours as a Kafka message and back.
 *
 * Kafka's own timestamp is the time of the append: retention by age must not delete what was just appended because its
 * capture is old (a replayed file). The capture time (µs) travels in the header `time`, 8 bytes, float64 little-endian.
 *
 * A value that is longer than the topic takes travels as parts: messages in a row in the same partition and transaction, each
 * with the header `part`: number and count, and bytes of all parts (uint32 little-endian each). Readers see one record, at the
 * offset of the first part. Compacted topics have no parts (compaction would tear them apart): `Refused('record-too-large')`.
 */
import type { LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { StoredRecord } from './batches.ts'
import type { ProduceMessage } from './kafkajs.ts'

const TIME = 'time'
const PART = 'part'
/** What Kafka adds to a message of ours at most: lengths, deltas, header names. */
export const OVERHEAD = 96

/** Messages of one record, each with a value of `maxBytes` at most. */
export function messagesOf(raw: Raw, maxBytes: number, compacted: boolean, timestamp: string): ProduceMessage[] {
  const time = Buffer.allocUnsafe(8)
  time.writeDoubleLE(raw.time)
  const key = view(raw.key)
  const value = view(raw.value)
  const size = (key?.length ?? 0) + (value?.length ?? 0)
  if (size <= maxBytes || value === null) return [{ key, value, headers: { [TIME]: time }, timestamp }]
  const room = maxBytes - (key?.length ?? 0)
  if (compacted || room <= 0) {
    throw new Refused(
      'record-too-large',
      `a record of ${size} bytes for topic ${raw.topic}, which takes ${maxBytes}: raise max.message.bytes of that topic (tapwire topics plan says how)`,
    )
  }
  const count = Math.ceil(value.length / room)
  return Array.from({ length: count }, (_, i) => ({
    key,
    value: value.subarray(i * room, (i + 1) * room),
    headers: { [TIME]: time, [PART]: part(i, count, value.length) },
    timestamp,
  }))
}

export interface Joined {
  readonly records: readonly LogRecord[]
  /** Where to go on: behind everything, or at the first part of a value whose last parts did not come. */
  readonly next: number
  /** Bytes of that value, 0 when there is none: the next fetch must be at least as large. */
  readonly missing: number
}

/** Records with their parts joined. `next`: where the fetch ended. Parts whose beginning lies before the fetch are passed over. */
export function joinParts(stored: readonly StoredRecord[], next: number): Joined {
  const records: LogRecord[] = []
  let open: { readonly at: number; readonly record: StoredRecord; readonly pieces: Uint8Array[] } | null = null
  for (const record of stored) {
    const header = record.headers.get(PART)
    if (header === undefined) {
      // Parts stand in a row; only messages of other producers come between them, and these wait for their turn.
      records.push(logRecord(record, record.value))
      continue
    }
    const { number, count } = partOf(header)
    if (number === 0) open = { at: records.length, record, pieces: [] }
    if (open === null || open.pieces.length !== number || record.value === null) continue
    open.pieces.push(record.value)
    if (number < count - 1) continue
    records.splice(open.at, 0, logRecord(open.record, Buffer.concat(open.pieces)))
    open = null
  }
  if (open === null) return { records, next, missing: 0 }
  const { bytes } = partOf(open.record.headers.get(PART)!)
  return { records: records.slice(0, open.at), next: open.record.offset, missing: bytes }
}

function logRecord({ offset, key, timestamp, headers }: StoredRecord, value: Uint8Array | null): LogRecord {
  const time = headers.get(TIME)
  return { offset, key, value, time: time?.length === 8 ? readTime(time) : timestamp * 1000 }
}

function readTime(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
}

function part(number: number, count: number, bytes: number): Buffer {
  const header = Buffer.allocUnsafe(12)
  header.writeUInt32LE(number, 0)
  header.writeUInt32LE(count, 4)
  header.writeUInt32LE(bytes, 8)
  return header
}

function partOf(header: Uint8Array): { readonly number: number; readonly count: number; readonly bytes: number } {
  if (header.length !== 12) throw new Refused('kafka.bad-part', `a part header of ${header.length} bytes`)
  const view = new DataView(header.buffer, header.byteOffset)
  return { number: view.getUint32(0, true), count: view.getUint32(4, true), bytes: view.getUint32(8, true) }
}

function view(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

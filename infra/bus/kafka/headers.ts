/**
 * The headers of our messages, and a record as they make it.
 *
 * Kafka's own timestamp is the time of the append: retention by age must not delete what was just appended because its
 * capture is old (a replayed file). The capture time (µs) travels in the header `time`, 8 bytes, float64 little-endian.
 */
import type { LogRecord } from '#schemas/contracts/bus.ts'
import type { StoredRecord } from './batches.ts'

export const TIME = 'time'
/** Which part of a value this is (parts.ts). */
export const PART = 'part'

/** `value`: of all its parts. A message of another producer has no time but that of its append. */
export function logRecord({ offset, key, timestamp, headers }: StoredRecord, value: Uint8Array | null): LogRecord {
  const time = headers.get(TIME)
  return { offset, key, value, time: time?.length === 8 ? readTime(time) : timestamp * 1000 }
}

function readTime(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
}

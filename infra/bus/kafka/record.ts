/**
 * A record of ours as Kafka messages; `headers.ts` says what stands in their headers.
 *
 * A value that is longer than the topic takes travels as parts (parts.ts). Compacted topics have none (compaction would tear
 * them apart), and a key is in every part, so that it must leave them room: `Refused('record-too-large')`.
 */
import type { Raw } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { PART, TIME } from './headers.ts'
import type { ProduceMessage } from './kafkajs.ts'
import { partHeader } from './parts.ts'

const TIME_NAME = Buffer.from(TIME)
const PART_NAME = Buffer.from(PART)
/** What Kafka adds to a message of ours at most: lengths, deltas, header names. */
export const OVERHEAD = 96

/** Messages of one record, each with a value of `maxBytes` at most. */
export function messagesOf(raw: Raw, maxBytes: number, compacted: boolean): ProduceMessage[] {
  const time = Buffer.allocUnsafe(8)
  time.writeDoubleLE(raw.time)
  const key = view(raw.key)
  const value = view(raw.value)
  const size = (key?.length ?? 0) + (value?.length ?? 0)
  if (size <= maxBytes) return [{ key, value, headers: [[TIME_NAME, time]] }]
  const room = maxBytes - (key?.length ?? 0)
  if (compacted || value === null || room < maxBytes / 2) {
    throw new Refused(
      'record-too-large',
      `a record of ${size} bytes for topic ${raw.topic}, which takes ${maxBytes}: raise max.message.bytes of that topic (tapwire topics plan says how)`,
    )
  }
  const count = Math.ceil(value.length / room)
  return Array.from({ length: count }, (_, i) => ({
    key,
    value: value.subarray(i * room, (i + 1) * room),
    headers: [
      [TIME_NAME, time],
      [PART_NAME, partHeader(i, count, value.length)],
    ],
  }))
}

function view(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

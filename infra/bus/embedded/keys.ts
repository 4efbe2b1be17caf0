/**
 * Keys of the three tables, compared bytewise by LMDB.
 *
 *   log   topic:u32 partition:u32 last-offset:u64       -> entry (entry.ts); the first key >= offset holds that offset
 *   live  topic:u32 partition:u32 0x00 key              -> offset:f64 of a compacted key's newest value, bytes:f64 it takes
 *         topic:u32 partition:u32 0x01 sha256(key)         the same for keys that LMDB would refuse as too long
 *   meta  text: `format`, `total`, `topic/<name>`, `partition/<topic id>/<partition>`, `group/<topic>/<partition>/<group>`
 *
 * All integers are big-endian, so that the order of bytes is the order of numbers.
 */
import { createHash } from 'node:crypto'

const PREFIX = 8
const LONGEST_INLINE = 512
const WORD = 2 ** 32

function prefix(topic: number, partition: number, size: number): Buffer {
  const key = Buffer.allocUnsafe(PREFIX + size)
  key.writeUInt32BE(topic, 0)
  key.writeUInt32BE(partition, 4)
  return key
}

export function logKey(topic: number, partition: number, lastOffset: number): Buffer {
  const key = prefix(topic, partition, 8)
  key.writeUInt32BE(Math.floor(lastOffset / WORD), PREFIX)
  key.writeUInt32BE(lastOffset % WORD, PREFIX + 4)
  return key
}

export function lastOffsetOf(logKey: Buffer): number {
  return logKey.readUInt32BE(PREFIX) * WORD + logKey.readUInt32BE(PREFIX + 4)
}

/** Greater than every log key of the partition. */
export function logEnd(topic: number, partition: number): Buffer {
  return prefix(topic, partition, 8).fill(0xff, PREFIX)
}

export function liveKey(topic: number, partition: number, recordKey: Uint8Array): Buffer {
  if (recordKey.length <= LONGEST_INLINE) {
    const key = prefix(topic, partition, 1 + recordKey.length)
    key[PREFIX] = 0
    key.set(recordKey, PREFIX + 1)
    return key
  }
  const digest = createHash('sha256').update(recordKey).digest()
  const key = prefix(topic, partition, 1 + digest.length)
  key[PREFIX] = 1
  key.set(digest, PREFIX + 1)
  return key
}

export function metaKey(...parts: readonly (string | number)[]): Buffer {
  return Buffer.from(parts.join('/'), 'latin1')
}

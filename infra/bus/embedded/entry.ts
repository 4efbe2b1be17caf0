/**
 * One entry of the log: the records of one transaction for one partition (a long transaction takes several entries).
 *
 *   entry  = version:u8 (1)  zero:u8 x 3  crc32:u32 (of all that follows)
 *            base:f64 (offset of the first record)  newest:f64 (highest time, µs)  count:u32  bytes:u32 (keys + values)
 *            count x record
 *   record = time:f64  key-length:i32  value-length:i32 (-1: null)  key  value
 *
 * Little-endian. Record i has offset base + i.
 */
import { crc32 } from 'node:zlib'
import type { LogRecord, Raw } from '#schemas/contracts/bus.ts'

const VERSION = 1
const CHECKED_FROM = 8
export const HEADER_BYTES = 32
const RECORD_HEADER_BYTES = 16

export interface EntryHeader {
  readonly base: number
  readonly newest: number
  readonly count: number
  readonly bytes: number
}

/** What a record takes in an entry. */
export function sizeOf(record: Raw): number {
  return RECORD_HEADER_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0)
}

/** Packs entries into memory of its own, which is reused: an entry is valid until the next `pack`. */
export class EntryPacker {
  #memory: Buffer = Buffer.allocUnsafeSlow(64 * 1024)

  /** `size` is the sum of `sizeOf` over `records[from..to)`. */
  pack(base: number, records: readonly Raw[], from: number, to: number, size: number): Buffer {
    const total = HEADER_BYTES + size
    if (this.#memory.length < total) this.#memory = Buffer.allocUnsafeSlow(Math.ceil(total * 1.5))
    const memory = this.#memory
    let newest = Number.NEGATIVE_INFINITY
    let bytes = 0
    let at = HEADER_BYTES
    for (let i = from; i < to; i++) {
      const { key, value, time } = records[i]!
      if (time > newest) newest = time
      memory.writeDoubleLE(time, at)
      memory.writeInt32LE(key === null ? -1 : key.length, at + 8)
      memory.writeInt32LE(value === null ? -1 : value.length, at + 12)
      at += RECORD_HEADER_BYTES
      if (key !== null) {
        memory.set(key, at)
        at += key.length
        bytes += key.length
      }
      if (value !== null) {
        memory.set(value, at)
        at += value.length
        bytes += value.length
      }
    }
    memory.writeUInt32LE(VERSION, 0)
    memory.writeDoubleLE(base, 8)
    memory.writeDoubleLE(newest, 16)
    memory.writeUInt32LE(to - from, 24)
    memory.writeUInt32LE(bytes, 28)
    memory.writeUInt32LE(crc32(memory.subarray(CHECKED_FROM, total)), 4)
    return memory.subarray(0, total)
  }
}

/** Header of an entry, without a look at the records. */
export function readHeader(entry: Buffer): EntryHeader {
  return {
    base: entry.readDoubleLE(8),
    newest: entry.readDoubleLE(16),
    count: entry.readUInt32LE(24),
    bytes: entry.readUInt32LE(28),
  }
}

/** Throws when the entry is not what was written: a damaged disk must not become wrong records. */
export function checkEntry(entry: Buffer, where: string): void {
  const intact =
    entry.length >= HEADER_BYTES &&
    entry.readUInt32LE(0) === VERSION &&
    entry.readUInt32LE(4) === crc32(entry.subarray(CHECKED_FROM))
  if (!intact) throw new Error(`the log is damaged at ${where}: checksum of the stored entry differs`)
}

/**
 * Calls `take` with the records of a checked entry whose offset is at least `from`, until it returns false. Keys and
 * values are views of the entry. False when `take` stopped it.
 */
export function eachRecord(entry: Buffer, from: number, take: (record: LogRecord, bytes: number) => boolean): boolean {
  const { base, count } = readHeader(entry)
  let at = HEADER_BYTES
  for (let i = 0; i < count; i++) {
    const keyLength = entry.readInt32LE(at + 8)
    const valueLength = entry.readInt32LE(at + 12)
    const keyAt = at + RECORD_HEADER_BYTES
    const valueAt = keyAt + Math.max(keyLength, 0)
    const end = valueAt + Math.max(valueLength, 0)
    if (base + i >= from) {
      const key = keyLength < 0 ? null : entry.subarray(keyAt, valueAt)
      const value = valueLength < 0 ? null : entry.subarray(valueAt, end)
      const record = { offset: base + i, key, value, time: entry.readDoubleLE(at) }
      if (!take(record, end - keyAt)) return false
    }
    at = end
  }
  return true
}

import type { StoredTopic } from '#infra/bus/embedded/catalog.ts'
import { type PartitionCounts, readPartition, writePartition } from '#infra/bus/embedded/counts.ts'
import { checkEntry, EntryPacker, eachRecord, readHeader, sizeOf } from '#infra/bus/embedded/entry.ts'
import { lastOffsetOf, liveKey, logEnd, logKey } from '#infra/bus/embedded/keys.ts'
import type { Tables } from '#infra/bus/embedded/tables.ts'
import type { Routed } from '#infra/bus/route.ts'
import type { Batch, Bounds, LogRecord, Raw } from '#schemas/contracts/bus.ts'

/** A transaction is cut into entries of about this size: what a reader loads at once, and what retention deletes at once. */
const ENTRY_BYTES = 1 << 20
export const PAGE = 4096
/** Above this LMDB puts a value on pages of its own. */
const INLINE_BYTES = 2000
/** Node of a B-tree leaf: header and key. */
const NODE_BYTES = 32

/** What an entry of `bytes` takes in the store, close enough for limits. */
export function storedBytes(bytes: number): number {
  if (bytes <= INLINE_BYTES) return bytes + NODE_BYTES
  return Math.ceil((bytes + NODE_BYTES) / PAGE) * PAGE
}

/** How a write changed the store. */
export interface Change {
  bytes: number
  records: number
  entries: number
}

/** Records in the tables. Writes must run inside a transaction, reads inside `tables.read`. */
export class Log {
  readonly #tables: Tables
  readonly #packer = new EntryPacker()

  constructor(tables: Tables) {
    this.#tables = tables
  }

  write({ topic, partition, records }: Routed<StoredTopic>, total: Change): void {
    const counts = readPartition(this.#tables, topic.id, partition)
    const before = { ...counts }
    if (topic.cleanup === 'compact') for (const record of records) this.#replace(topic.id, partition, counts, record)
    else this.#extend(topic.id, partition, counts, records)
    writePartition(this.#tables, topic.id, partition, counts)
    total.bytes += counts.bytes - before.bytes
    total.records += counts.records - before.records
    total.entries += counts.entries - before.entries
  }

  bounds(topic: StoredTopic, partition: number): Bounds {
    const { first, next } = readPartition(this.#tables, topic.id, partition)
    if (topic.cleanup === 'delete') return { first, next }
    // Entries of compacted topics hold one record each: the offset in the key is that record's.
    const range = { start: logKey(topic.id, partition, 0), end: logEnd(topic.id, partition), limit: 1 }
    for (const key of this.#tables.log.getKeys(range)) return { first: lastOffsetOf(key), next }
    return { first: next, next }
  }

  /** Up to `maxBytes`, but at least one record when there is one between `from` and `until`. */
  read(topic: StoredTopic, partition: number, from: number, until: number, maxBytes: number): Batch | null {
    const records: LogRecord[] = []
    let bytes = 0
    const take = (record: LogRecord, size: number): boolean => {
      if (record.offset >= until || (records.length > 0 && bytes + size > maxBytes)) return false
      records.push(record)
      bytes += size
      return true
    }
    const range = { start: logKey(topic.id, partition, from), end: logEnd(topic.id, partition) }
    for (const { key, value } of this.#tables.log.getRange(range)) {
      checkEntry(value, `${topic.name}/${partition}, offset ${lastOffsetOf(key)}`)
      const before = bytes
      if (!eachRecord(value, from, take) || lastOffsetOf(key) + 1 >= until) break
      // The next entry is likely as big as this one: do not load it for nothing.
      if (bytes + (bytes - before) > maxBytes) break
    }
    const last = records.at(-1)
    if (last === undefined) return null
    return { topic: topic.name, partition, records, next: last.offset + 1, bytes }
  }

  /** Takes out the entry that ends with this offset and must be there. The caller writes the counts. */
  remove(topic: number, partition: number, lastOffset: number, counts: PartitionCounts): void {
    const key = logKey(topic, partition, lastOffset)
    const entry = this.#tables.log.getBinaryFast(key)!
    counts.bytes -= storedBytes(entry.length)
    counts.records -= readHeader(entry).count
    counts.entries--
    this.#tables.log.remove(key)
  }

  #extend(topic: number, partition: number, counts: PartitionCounts, records: readonly Raw[]): void {
    let from = 0
    let size = 0
    for (let i = 0; i < records.length; i++) {
      const more = sizeOf(records[i]!)
      if (i > from && size + more > ENTRY_BYTES) {
        this.#put(topic, partition, counts, records, from, i, size)
        from = i
        size = 0
      }
      size += more
    }
    this.#put(topic, partition, counts, records, from, records.length, size)
  }

  /** Compacted topics: the older value of the key goes, the new one stands at the end of the log. */
  #replace(topic: number, partition: number, counts: PartitionCounts, record: Raw): void {
    const { live, log } = this.#tables
    const name = liveKey(topic, partition, record.key!)
    const older = live.getBinary(name)
    if (older !== undefined) {
      log.remove(logKey(topic, partition, older.readDoubleLE(0)))
      counts.bytes -= older.readDoubleLE(8)
      counts.records--
      counts.entries--
    }
    if (record.value === null) {
      if (older !== undefined) live.remove(name)
      counts.next++
      return
    }
    const before = counts.bytes
    const newer = Buffer.allocUnsafe(16)
    newer.writeDoubleLE(counts.next, 0)
    this.#put(topic, partition, counts, [record], 0, 1, sizeOf(record))
    counts.bytes += storedBytes(name.length)
    newer.writeDoubleLE(counts.bytes - before, 8)
    live.put(name, newer)
  }

  #put(
    topic: number,
    partition: number,
    counts: PartitionCounts,
    records: readonly Raw[],
    from: number,
    to: number,
    size: number,
  ): void {
    const entry = this.#packer.pack(counts.next, records, from, to, size)
    const count = to - from
    counts.next += count
    this.#tables.log.put(logKey(topic, partition, counts.next - 1), entry)
    counts.bytes += storedBytes(entry.length)
    counts.records += count
    counts.entries++
    const { newest } = readHeader(entry)
    if (newest > counts.newest) counts.newest = newest
  }
}

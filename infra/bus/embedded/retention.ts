import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoredTopic } from '#infra/bus/embedded/catalog.ts'
import { groupsOf, readPartition, writePartition, writeTotal } from '#infra/bus/embedded/counts.ts'
import { readHeader } from '#infra/bus/embedded/entry.ts'
import { lastOffsetOf, logEnd, logKey } from '#infra/bus/embedded/keys.ts'
import { storedBytes } from '#infra/bus/embedded/log.ts'
import type { EmbeddedStore } from '#infra/bus/embedded/store.ts'

export interface Deleted {
  readonly records: number
  /** What their entries took in the store. */
  readonly bytes: number
}

/** A transaction deletes at most this many entries, so that writers never wait long. */
const ENTRIES_AT_ONCE = 32

const NOTHING: Deleted = { records: 0, bytes: 0 }

/**
 * Deletes what is older or more than its topic's retention allows, whole entries from the old end. Age is measured
 * against the newest record of the partition, because record times are capture times: replaying last year's capture
 * must not delete it at once. Kept in any case: the newest entry, and what a living group may still read.
 */
export async function enforceRetention(store: EmbeddedStore): Promise<Deleted> {
  let records = 0
  let bytes = 0
  for (const topic of store.catalog.all()) {
    if (topic.cleanup !== 'delete' || topic.retention === null) continue
    for (let partition = 0; partition < topic.partitions; partition++) {
      for (;;) {
        const deleted = deleteSome(store, topic, partition, topic.retention)
        if (deleted.records === 0) break
        records += deleted.records
        bytes += deleted.bytes
        await nextTurn()
      }
    }
  }
  // LMDB uses pages again two transactions after they were freed: on a full disk nobody else could make that step.
  if (records > 0) store.transact('commit', total => writeTotal(store.tables, total))
  store.tally.deletedRecords += records
  store.tally.deletedBytes += bytes
  return { records, bytes }
}

function deleteSome(
  store: EmbeddedStore,
  topic: StoredTopic,
  partition: number,
  retention: { readonly ms: number; readonly bytes: number },
): Deleted {
  // Most calls find nothing to do: look before taking the write lock.
  if (store.tables.read(() => doomed(store, topic, partition, retention)).length === 0) return NOTHING
  return store.transact('commit', total => {
    const counts = readPartition(store.tables, topic.id, partition)
    const before = { ...counts }
    for (const last of doomed(store, topic, partition, retention)) {
      store.log.remove(topic.id, partition, last, counts)
      counts.first = last + 1
    }
    writePartition(store.tables, topic.id, partition, counts)
    const deleted = { records: before.records - counts.records, bytes: before.bytes - counts.bytes }
    total.records -= deleted.records
    total.bytes -= deleted.bytes
    total.entries -= before.entries - counts.entries
    return deleted
  })
}

/** Last offsets of the oldest entries that may go now, oldest first. */
function doomed(
  { tables, limits, now }: EmbeddedStore,
  topic: StoredTopic,
  partition: number,
  retention: { readonly ms: number; readonly bytes: number },
): readonly number[] {
  const { next, newest, bytes } = readPartition(tables, topic.id, partition)
  const oldestKept = newest - retention.ms * 1000
  let pinned = next
  for (const group of groupsOf(tables, topic.name, partition)) {
    if (now() - group.seen <= limits.groupExpiryMs) pinned = Math.min(pinned, group.replayFrom)
  }
  const found: number[] = []
  let left = bytes
  const range = { start: logKey(topic.id, partition, 0), end: logEnd(topic.id, partition), limit: ENTRIES_AT_ONCE }
  for (const key of [...tables.log.getKeys(range)]) {
    const last = lastOffsetOf(key)
    if (last >= pinned || last === next - 1) break
    const entry = tables.log.getBinaryFast(key)!
    if (left <= retention.bytes && readHeader(entry).newest >= oldestKept) break
    left -= storedBytes(entry.length)
    found.push(last)
  }
  return found
}

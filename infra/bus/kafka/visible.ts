/** From fetched batches to the records a reader may see. */
import type { StoredRecord } from './batches.ts'
import type { Fetched } from './fetch.ts'

/**
 * Records from offset `from` on, without markers and without those of aborted transactions. The broker names aborted
 * transactions by producer and first offset; each lasts until the producer's next abort marker (KIP-98).
 */
export function visible({ batches, aborted }: Fetched, from: number): StoredRecord[] {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  const records: StoredRecord[] = []
  for (const batch of batches) {
    while (upcoming.length > 0 && upcoming[0]!.firstOffset <= batch.lastOffset) open.add(upcoming.shift()!.producerId)
    if (batch.control !== null) {
      if (batch.control === 'abort') open.delete(batch.producerId)
    } else if (!batch.transactional || !open.has(batch.producerId)) {
      for (const record of batch.records) if (record.offset >= from) records.push(record)
    }
  }
  return records
}

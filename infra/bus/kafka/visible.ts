/** From fetched batches to those a reader may see. */
import type { RecordBatch } from './batches.ts'
import type { Fetched } from './fetch.ts'

/**
 * Batches of records without those of aborted transactions, and the markers of committed ones. The broker names aborted
 * transactions by producer and first offset; each lasts until the producer's next abort marker (KIP-98).
 */
export function visible({ batches, aborted }: Pick<Fetched, 'batches' | 'aborted'>): RecordBatch[] {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  let begun = 0
  const open = new Set<number>()
  return batches.filter(({ control, producerId, transactional, lastOffset }) => {
    for (; begun < upcoming.length && upcoming[begun]!.firstOffset <= lastOffset; begun++) {
      open.add(upcoming[begun]!.producerId)
    }
    if (control === null) return !(transactional && open.has(producerId))
    if (control === 'abort') open.delete(producerId)
    return control === 'commit'
  })
}

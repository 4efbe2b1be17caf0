/**
 * What was dropped and is not in the log yet. It goes there with the next round, in the ledgers of its batches: together
 * with a position behind what was dropped, so that after a crash either both count or neither does.
 */
import type { Captured } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import type { SegmentBatch } from '#schemas/records/segment.ts'

const NOTHING = new Uint8Array(0)

export class Losses {
  /** By partition: a batch without segments. */
  #batches = new Map<number, SegmentBatch>()
  #position: unknown = null

  get empty(): boolean {
    return this.#batches.size === 0
  }

  /** The fates that the producer decided stand; what had none yet is `dropped`. */
  add({ batches, position }: Captured): void {
    for (const { partition, batch } of batches) {
      const ledger = Ledger.of(batch.ledger)
      ledger.add('dropped', ledger.pending)
      ledger.merge(this.#batches.get(partition)?.ledger ?? {})
      this.#batches.set(partition, { ...batch, count: 0, ledger: ledger.counts(), frame: NOTHING })
    }
    this.#position = position
  }

  /** `captured` with all of it, also for partitions that `captured` has no batch for. */
  onto(captured: Captured): Captured {
    if (this.empty) return captured
    const rest = new Map(this.#batches)
    const batches = captured.batches.map(({ partition, batch }) => {
      const lost = rest.get(partition)
      if (lost === undefined) return { partition, batch }
      rest.delete(partition)
      const ledger = Ledger.of(batch.ledger)
      ledger.merge(lost.ledger)
      return { partition, batch: { ...batch, ledger: ledger.counts() } }
    })
    for (const [partition, batch] of rest) batches.push({ partition, batch })
    return { ...captured, batches }
  }

  /** For a source that says nothing more. */
  alone(): Captured {
    return this.onto({ batches: [], position: this.#position })
  }

  /** They are on their way. */
  clear(): void {
    this.#batches = new Map()
  }
}

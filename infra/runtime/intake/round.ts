/**
 * A round is what one read of a producer captured, encoded: the unit that is queued, spilled, appended or dropped, whole,
 * so that the producer's position and the ledger stay true to the segments beside them.
 */
import type { Raw } from '#schemas/contracts/bus.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'
import type { Loss } from './stats.ts'

export interface Round {
  /** Number of the round within its source, from 1; rises also across restarts. */
  readonly seq: number
  readonly records: readonly Raw[]
  /** About what it takes in memory. */
  readonly bytes: number
}

/** A round of this process, which may still be dropped. */
export interface QueuedRound extends Round {
  readonly loss: Loss
}

/** Beside the segments: the envelope and the objects of a batch, and the position. Generous: it is there to bound. */
const BATCH_OVERHEAD = 512

/** About how many bytes the round of `captured` takes in memory. */
export function sizeOf({ batches, rejected = [] }: Captured): number {
  const letters = rejected.reduce((sum, { value }) => sum + value.length + BATCH_OVERHEAD, 0)
  return batches.reduce((sum, { batch }) => sum + batch.frame.length + BATCH_OVERHEAD, BATCH_OVERHEAD + letters)
}

/** Bytes that have no fate yet are the payload of the segments (law 2 of Producer). */
export function lossOf({ batches }: Captured): Loss {
  let bytes = 0
  let segments = 0
  for (const { batch } of batches) {
    bytes += Ledger.of(batch.ledger).pending
    segments += batch.count
  }
  return { bytes, segments }
}

/** True when it says that the source has ended. */
export function holdsEnd({ batches }: Captured): boolean {
  const segment = new Segment()
  return batches.some(({ batch }) => {
    segment.reset(batch)
    while (segment.next()) if (segment.kind === KIND.end) return true
    return false
  })
}

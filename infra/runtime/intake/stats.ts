/** Why captured segments were dropped: counter names. `stopped`: the node was, before the log took them. */
export type DropReason = 'queue-full' | 'spill-full' | 'stopped'

/** What goes when a round is dropped: payload bytes, as the ledger counts them, and segments. */
export interface Loss {
  readonly bytes: number
  readonly segments: number
}

export interface IntakeStats {
  records: number
  bytes: number
  /** Appends that had to wait, by reason … */
  readonly refused: Map<string, number>
  /** … and how long they did, together. */
  waitedMs: number
  /** In memory and on disk, not in the log yet. Gauges; 0 for a source that waits. */
  queuedBytes: number
  spilledBytes: number
  readonly dropped: Map<DropReason, Loss>
  /** The source has ended, and all of it is in the log. */
  finished: boolean
}

export function emptyIntakeStats(): IntakeStats {
  return {
    records: 0,
    bytes: 0,
    refused: new Map(),
    waitedMs: 0,
    queuedBytes: 0,
    spilledBytes: 0,
    dropped: new Map(),
    finished: false,
  }
}

export function countDropped({ dropped }: IntakeStats, reason: DropReason, loss: Loss): void {
  const before = dropped.get(reason) ?? { bytes: 0, segments: 0 }
  dropped.set(reason, { bytes: before.bytes + loss.bytes, segments: before.segments + loss.segments })
}

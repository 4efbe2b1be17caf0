/** One partition's share of what a producer captured since the last `take`: its segments and its part of the ledger. */
import type { LedgerCounts, Reason } from '#schemas/records/ledger.ts'
import { type SegmentBatch, SegmentWriter } from '#schemas/records/segment.ts'

/** Where captured bytes can go before there is a segment; nothing else is added to. */
export type Loss = Extract<
  Reason,
  'unsupported' | 'damaged' | 'filtered' | 'gap' | 'budget' | 'duplicate' | 'dropped' | 'cap'
>

/** Plain numbers, not a Ledger: a field is added to in a nanosecond, a reason looked up by name is not. */
export class Share {
  readonly writer: SegmentWriter
  captured = 0
  framing = 0
  unsupported = 0
  damaged = 0
  filtered = 0
  gap = 0
  budget = 0
  duplicate = 0
  dropped = 0
  cap = 0

  constructor(initialBytes: number) {
    this.writer = new SegmentWriter(initialBytes)
  }

  get empty(): boolean {
    return this.writer.count === 0 && this.captured === 0
  }

  /** The batch so far; starts an empty one. The frame owns its memory. */
  take(sensor: string, capture: string, source: string): SegmentBatch {
    const { frame, count, until } = this.writer.take()
    const ledger = this.#counts()
    this.captured = this.framing = this.unsupported = this.damaged = 0
    this.filtered = this.gap = this.budget = this.duplicate = this.dropped = this.cap = 0
    return { sensor, capture, source, count, until, ledger, frame }
  }

  #counts(): LedgerCounts {
    const { captured, framing, unsupported, damaged, filtered, gap, budget, duplicate, dropped, cap } = this
    const counts = { captured, framing, unsupported, damaged, filtered, gap, budget, duplicate, dropped, cap }
    return Object.fromEntries(Object.entries(counts).filter(([, bytes]) => bytes !== 0))
  }
}

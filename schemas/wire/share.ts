/** One partition's share of what a producer captured since the last `take`: its segments and its part of the ledger. */
import type { LedgerCounts } from '#schemas/records/ledger.ts'
import { type SegmentBatch, SegmentWriter } from '#schemas/records/segment.ts'

/** Plain numbers, not a Ledger: a field is added to in a nanosecond, a reason looked up by name is not. */
export class Share {
  readonly writer: SegmentWriter
  captured = 0
  framing = 0
  unsupported = 0
  damaged = 0

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
    return { sensor, capture, source, count, until, ledger, frame }
  }

  #counts(): LedgerCounts {
    const { captured, framing, unsupported, damaged } = this
    const counts = Object.entries({ captured, framing, unsupported, damaged })
    return Object.fromEntries(counts.filter(([, bytes]) => bytes !== 0))
  }
}

/**
 * Who feeds a flow. Its directions may come from two interfaces or two sensors of one name, each with an end of its own:
 * the flow is over when the last one that fed it has ended.
 */
import type { Segment, SegmentBatch } from '#schemas/records/segment.ts'

/** Where segments come from: what an `end` segment ends. */
export interface Origin {
  readonly sensor: string
  readonly capture: string
  readonly source: string
}

export function sameOrigin(a: Origin, b: Origin): boolean {
  return a === b || (a.source === b.source && a.capture === b.capture && a.sensor === b.sensor)
}

/** Most origins that are kept; a further one takes the place of the oldest, and costs comparisons. */
const KNOWN = 64

/** The origin of the batch being read: one object for each, so that flows share it and comparing costs nothing. */
export class Reader {
  origin: Origin = { sensor: '', capture: '', source: '' }
  #batch: SegmentBatch | null = null
  readonly #known: Origin[] = []

  at({ batch }: Segment): Origin {
    if (batch === this.#batch) return this.origin
    this.#batch = batch
    if (sameOrigin(this.origin, batch)) return this.origin
    const known = this.#known.find(one => sameOrigin(one, batch))
    this.origin = known ?? { sensor: batch.sensor, capture: batch.capture, source: batch.source }
    if (known === undefined) this.#known.push(this.origin)
    if (this.#known.length > KNOWN) this.#known.shift()
    return this.origin
  }
}

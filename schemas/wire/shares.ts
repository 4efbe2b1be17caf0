/**
 * What a producer captured since the last `take`, in one share per partition, and the ticks between: the part that all
 * producers have in common, whatever they capture.
 *
 * Law: before what was captured in a second, every partition has a tick of that second. Time that goes back makes no ticks;
 * a jump ahead makes one.
 */
import type { Captured } from '#schemas/contracts/producer.ts'
import { ENTRY_HEADER, KIND } from '#schemas/records/segment.ts'
import { Share } from '#schemas/wire/share.ts'

export interface SharesOptions {
  readonly sensor: string
  readonly capture: string
  readonly source: string
  readonly partitions: number
  /** About how many bytes are added between two calls of `take`: what the arenas start with. */
  readonly batchBytes: number
  /** Stream time reached before a restart (`time` of the stored position), or 0. */
  readonly time: number
}

const SECOND = 1_000_000

export class Shares {
  readonly #options: SharesOptions
  readonly #all: readonly Share[]
  #time: number
  #nextTick: number
  /** About how many bytes `take` would return. Whoever adds to a share adds to it. */
  bytes = 0

  constructor(options: SharesOptions) {
    this.#options = options
    const initial = Math.max(4096, Math.ceil((1.25 * options.batchBytes) / options.partitions))
    this.#all = Array.from({ length: options.partitions }, () => new Share(initial))
    this.#time = options.time
    this.#nextTick = options.time > 0 ? secondAfter(options.time) : 0
  }

  /** When the next tick is due, µs. */
  get nextTick(): number {
    return this.#nextTick
  }

  /** Highest capture time so far, µs. */
  get time(): number {
    return this.#time
  }

  /** For what belongs to no flow. */
  get first(): Share {
    return this.#all[0]!
  }

  /** Of the flow with this key: key % partitions; the remainder of doubles takes 20 ns, which powers of two need not pay. */
  of(key: number): Share {
    const partitions = this.#all.length
    return this.#all[(partitions & (partitions - 1)) === 0 ? key & (partitions - 1) : key % partitions]!
  }

  /** Something was captured at `time` (µs), behind a tick if one is due. */
  reach(time: number): void {
    if (time >= this.#nextTick) this.tick(time)
    if (time > this.#time) this.#time = time
  }

  /** Says that capture time has reached `time` (µs) without anything captured: a tick to every partition when it is due. */
  tick(time: number): void {
    if (time < this.#nextTick) return
    this.#nextTick = secondAfter(time)
    if (time > this.#time) this.#time = time
    this.#mark(KIND.tick, this.#nextTick - SECOND)
  }

  /** Says that the source has ended. */
  end(): void {
    this.#mark(KIND.end, this.#time)
  }

  /** What came since the last call: at most one batch per partition, each with memory of its own. */
  take(): Captured['batches'] {
    const { sensor, capture, source } = this.#options
    const batches: { partition: number; batch: ReturnType<Share['take']> }[] = []
    for (let partition = 0; partition < this.#all.length; partition++) {
      const share = this.#all[partition]!
      if (!share.empty) batches.push({ partition, batch: share.take(sensor, capture, source) })
    }
    this.bytes = 0
    return batches
  }

  #mark(kind: typeof KIND.tick | typeof KIND.end, time: number): void {
    for (const share of this.#all) share.writer.mark(kind, time)
    this.bytes += ENTRY_HEADER * this.#all.length
  }
}

function secondAfter(time: number): number {
  return (Math.floor(time / SECOND) + 1) * SECOND
}

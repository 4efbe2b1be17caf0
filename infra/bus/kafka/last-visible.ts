/**
 * Where a partition ends for a reader. Markers of transactions take offsets too, so the end that Kafka tells lies beyond the
 * last record: whoever waits until all is read would wait for ever. Looked up once per end.
 */
import type { Bounds } from '#schemas/contracts/bus.ts'
import type { Decompress, RecordBatch } from './batches.ts'
import { decidedEnd, endOf, fetch, firstOf, untilSettled } from './fetch.ts'
import { visible } from './visible.ts'
import type { Calls } from './wire.ts'

const FIRST_LOOK = 8
const LOOK_BYTES = 1024 * 1024
const LOOK_WAIT_MS = 100

export class LastVisible {
  readonly #wire: Calls
  readonly #decompress: Decompress
  readonly #patienceMs: number
  readonly #known = new Map<string, { readonly end: number; readonly next: number }>()
  /** Where a transaction was waited for in vain: once is enough. */
  readonly #stuck = new Map<string, number>()

  /** `patienceMs`: how long to wait for open transactions; after that what they hold back is not there yet. */
  constructor(wire: Calls, decompress: Decompress, patienceMs: number) {
    this.#wire = wire
    this.#patienceMs = patienceMs
    this.#decompress = decompress
  }

  /** `topic`: its name in Kafka. */
  async bounds(topic: string, partition: number): Promise<Bounds> {
    const end = await this.#end(topic, partition)
    const first = await firstOf(this.#wire, topic, partition)
    const name = `${topic}/${partition}`
    const known = this.#known.get(name)
    const least = Math.max(first, known?.next ?? first)
    if (known?.end === end) return { first, next: least }
    const next = Math.max(least, await this.#search(topic, partition, least, end))
    this.#known.set(name, { end, next })
    return { first, next }
  }

  async #end(topic: string, partition: number): Promise<number> {
    const name = `${topic}/${partition}`
    const end = await endOf(this.#wire, topic, partition)
    let decided = -1
    const settled = await untilSettled(this.#patienceMs, async () => {
      decided = await decidedEnd(this.#wire, topic, partition)
      return decided >= end || decided === this.#stuck.get(name)
    })
    if (!settled) this.#stuck.set(name, decided)
    return Math.min(decided, end)
  }

  /** Behind the last visible record of [least, end), or `least`: looks at the end first, then further back. */
  async #search(topic: string, partition: number, least: number, end: number): Promise<number> {
    for (let back = FIRST_LOOK; ; back *= 8) {
      const start = Math.max(least, end - back)
      let found = -1
      for (let at = start; at < end; ) {
        const options = { maxBytes: LOOK_BYTES, maxWaitMs: LOOK_WAIT_MS, committed: true }
        const fetched = await fetch(this.#wire, this.#decompress, topic, partition, at, options)
        found = lastOf(visible(fetched), at, end) ?? found
        at = fetched.next
      }
      if (found >= 0) return found + 1
      if (start === least) return least
    }
  }
}

/** The highest offset of a record in [from, end). */
function lastOf(batches: readonly RecordBatch[], from: number, end: number): number | undefined {
  return batches
    .flatMap(batch => (batch.control === null ? batch.records : []))
    .findLast(({ offset }) => offset >= from && offset < end)?.offset
}

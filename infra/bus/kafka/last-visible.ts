/**
 * Where a partition ends for a reader. Markers of transactions take offsets too, so the end that Kafka tells lies beyond the
 * last record: whoever waits until all is read would wait for ever. Looked up once per end.
 */
import type { Bounds } from '#schemas/contracts/bus.ts'
import type { Decompress } from './batches.ts'
import { fetch, offsets, settledEnd } from './fetch.ts'
import { visible } from './visible.ts'
import type { Wire } from './wire.ts'

const FIRST_LOOK = 8

export class LastVisible {
  readonly #wire: Wire
  readonly #decompress: Decompress
  readonly #patienceMs: number
  readonly #known = new Map<string, { readonly end: number; readonly next: number }>()

  /** `patienceMs`: how long to wait for open transactions. */
  constructor(wire: Wire, decompress: Decompress, patienceMs: number) {
    this.#wire = wire
    this.#patienceMs = patienceMs
    this.#decompress = decompress
  }

  /** `topic`: its name in Kafka. */
  async bounds(topic: string, partition: number): Promise<Bounds> {
    const end = await settledEnd(this.#wire, topic, partition, this.#patienceMs)
    const { first } = await offsets(this.#wire, topic, partition)
    const name = `${topic}/${partition}`
    const known = this.#known.get(name)
    const least = Math.max(first, known?.next ?? first)
    if (known?.end === end) return { first, next: least }
    const next = Math.max(least, await this.#search(topic, partition, least, end))
    this.#known.set(name, { end, next })
    return { first, next }
  }

  /** Behind the last visible record of [least, end), or `least`: looks at the end first, then further back. */
  async #search(topic: string, partition: number, least: number, end: number): Promise<number> {
    for (let back = FIRST_LOOK; ; back *= 8) {
      const start = Math.max(least, end - back)
      let found = -1
      for (let at = start; at < end; ) {
        const options = { maxBytes: 1024 * 1024, maxWaitMs: 0, committed: true }
        const fetched = await fetch(this.#wire, this.#decompress, topic, partition, at, options)
        found = visible(fetched, at).at(-1)?.offset ?? found
        at = Math.max(at + 1, fetched.next)
      }
      if (found >= 0) return found + 1
      if (start === least) return least
    }
  }
}

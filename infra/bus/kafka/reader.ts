/** Reads one partition from an offset on: visible records, in order, with their parts joined. */
import type { Fetched } from './fetch.ts'
import { type Joined, Joiner } from './parts.ts'
import { visible } from './visible.ts'

/** Committed record batches from an offset on. */
export type FetchBatches = (from: number, maxBytes: number, maxWaitMs: number) => Promise<Fetched>

export class PartitionReader {
  readonly #fetch: FetchBatches
  readonly #joiner = new Joiner()
  /** Where the next fetch starts. Behind `Joined.next` while a value is unfinished. */
  position: number

  constructor(fetch: FetchBatches, from: number) {
    this.#fetch = fetch
    this.position = from
  }

  /** The next records, none when there is nothing yet. One call at a time; one that threw may be repeated. */
  async fetch(maxBytes: number, maxWaitMs: number): Promise<Joined> {
    const from = this.position
    const fetched = await this.#fetch(from, maxBytes, maxWaitMs)
    this.position = fetched.next
    if (fetched.skipped) this.#joiner.skip()
    return this.#joiner.join(visible(fetched), from, fetched.next)
  }
}

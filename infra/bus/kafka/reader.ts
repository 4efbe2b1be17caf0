/** Reads one partition from an offset on: visible records, in order, with their parts joined. */
import type { LogRecord } from '#schemas/contracts/bus.ts'
import type { Fetched } from './fetch.ts'
import { type Joined, Joiner } from './parts.ts'
import { visible } from './visible.ts'

/** Committed record batches from an offset on. */
export type FetchBatches = (from: number, maxBytes: number, maxWaitMs: number) => Promise<Fetched>

/** From values as they are in Kafka to ours; null: they are the same. */
export type DecodeValues = ((records: readonly LogRecord[]) => Promise<readonly LogRecord[]>) | null

export class PartitionReader {
  readonly #fetch: FetchBatches
  readonly #decode: DecodeValues
  readonly #joiner = new Joiner()
  /** Joined, and not decoded yet: decoding may have to be repeated. */
  #joined: Joined | null = null
  /** Where the next fetch starts. Behind `Joined.next` while a value is unfinished. */
  position: number

  constructor(fetch: FetchBatches, decode: DecodeValues, from: number) {
    this.#fetch = fetch
    this.#decode = decode
    this.position = from
  }

  /** The next records, none when there is nothing yet. One call at a time; one that threw may be repeated. */
  async fetch(maxBytes: number, maxWaitMs: number): Promise<Joined> {
    if (this.#decode === null) return this.#join(maxBytes, maxWaitMs)
    this.#joined ??= await this.#join(maxBytes, maxWaitMs)
    const { next } = this.#joined
    const records = await this.#decode(this.#joined.records)
    this.#joined = null
    return { records, next }
  }

  async #join(maxBytes: number, maxWaitMs: number): Promise<Joined> {
    const from = this.position
    const fetched = await this.#fetch(from, maxBytes, maxWaitMs)
    this.position = fetched.next
    if (fetched.skipped) this.#joiner.skip()
    return this.#joiner.join(visible(fetched), from, fetched.next)
  }
}

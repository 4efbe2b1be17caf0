/**
 * When to delete what retention no longer covers: soon after the start, every minute, and sooner when the log is getting full,
 * because producers then wait for the room.
 */
import type { EmbeddedBus } from '#infra/bus/embedded/index.ts'

const EVERY_MS = 60_000
/** Share of the log's size from which on there is no waiting for the minute. */
const CROWDED = 0.75

/** What of an open log it needs; the memory log deletes nothing. */
export interface Retained {
  readonly embedded: Pick<EmbeddedBus, 'enforceRetention' | 'stats'> | null
  readonly maxBytes: number
}

export class Retention {
  readonly #log: Retained
  readonly #clock: () => number
  readonly #failed: (error: unknown) => void
  #last = Number.NEGATIVE_INFINITY
  #running: Promise<void> | null = null

  /** `clock`: milliseconds, monotone. */
  constructor(log: Retained, clock: () => number, failed: (error: unknown) => void) {
    this.#log = log
    this.#clock = clock
    this.#failed = failed
  }

  /** To be called every second or so. Resolves when what was due is done. */
  async tick(): Promise<void> {
    const { embedded, maxBytes } = this.#log
    if (embedded === null || this.#running !== null) return
    const crowded = (embedded.stats()['stored.bytes'] ?? 0) >= CROWDED * maxBytes
    if (!crowded && this.#clock() - this.#last < EVERY_MS) return
    this.#last = this.#clock()
    this.#running = embedded.enforceRetention().then(() => {}, this.#failed)
    await this.#running
    this.#running = null
  }

  /** Resolves when no deletion is under way: the log may be closed then. */
  async idle(): Promise<void> {
    await this.#running
  }
}

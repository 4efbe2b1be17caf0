/**
 * Works on one partition for as long as it is this member's.
 *
 *   taking ──► held, run ──┬─ run returned ────────────► done
 *      ▲   (Retryable:     ├─ run threw ───────────────► done, the error is the member's
 *      │    again)         ├─ given up (`release`) ────► signal aborted, run ends, done
 *      └───────────────────┴─ Fenced by another owner ─► signal aborted, run ends; still ours: taken anew
 *
 * The last case: a former owner that was cut off from the group comes back to life, finds its transaction lost, and opens its
 * transactional id again before it sees that the partition went to somebody else. Only one of the two can commit (the mark
 * tells), and the group decides which one goes on trying.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Lease } from '#schemas/contracts/bus.ts'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'
import type { KafkaLease } from './lease.ts'

export interface Taken {
  readonly lease: KafkaLease
  /** Closes its connections. Does not throw. */
  close(): Promise<void>
}

const AGAIN_MS = 200

export class Holder {
  readonly partition: number
  readonly #take: () => Promise<Taken>
  readonly #run: (lease: Lease) => Promise<void>
  readonly #warn: (message: string) => void
  readonly #released = new AbortController()
  #lease: KafkaLease | null = null
  /** Rejects with what the run threw. */
  readonly done: Promise<void>

  constructor(
    partition: number,
    take: () => Promise<Taken>,
    run: (lease: Lease) => Promise<void>,
    warn: (message: string) => void,
  ) {
    this.partition = partition
    this.#take = take
    this.#run = run
    this.#warn = warn
    this.done = this.#hold()
    this.done.catch(() => {}) // reported where it is awaited
  }

  /** The position committed last, null while it is being taken. */
  get position(): number | null {
    return this.#lease?.position ?? null
  }

  release(reason: string): void {
    this.#released.abort()
    this.#lease?.abort(reason)
  }

  async #hold(): Promise<void> {
    while (!this.#released.signal.aborted) {
      const taken = await this.#taken()
      if (taken === null) return
      const { lease, close } = taken
      this.#lease = lease
      if (this.#released.signal.aborted) lease.abort('the partition was given up')
      try {
        await this.#run(lease)
        return
      } catch (error) {
        // Being fenced is how a lease that was taken away ends, not a failure of the member.
        if (!(error instanceof Fenced && lease.signal.aborted)) throw error
      } finally {
        lease.end()
        await close()
      }
      await this.#pause()
    }
  }

  /** Null: given up meanwhile. */
  async #taken(): Promise<Taken | null> {
    for (let tries = 1; !this.#released.signal.aborted; tries++) {
      try {
        return await this.#take()
      } catch (error) {
        if (!(error instanceof Retryable)) throw error
        if (tries % 10 === 0) this.#warn(`partition ${this.partition} could not be taken yet: ${error.message}`)
        await this.#pause()
      }
    }
    return null
  }

  async #pause(): Promise<void> {
    await delay(AGAIN_MS, undefined, { signal: this.#released.signal }).catch(() => {})
  }
}

/**
 * Leases and memberships over any store that can hand out epochs.
 *
 *   claim ──► held ──┬─ run returned or threw ──────► given back
 *                    ├─ membership disposed ────────► signal aborted, run ends, given back
 *                    └─ somebody claimed it anew ───► signal aborted, commit throws Fenced, run ends
 *
 * The store decides who owns a partition: every claim raises the epoch of (group, topic, partition), and a poll or
 * commit with an older epoch is `Fenced`. So it does not matter in which thread or process the new owner lives; the
 * registry below only tells a previous owner of the same thread at once.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkName } from '#infra/bus/layout.ts'
import type { Wake } from '#infra/bus/wake.ts'
import type { Batch, JoinOptions, Lease, Membership, Unit } from '#schemas/contracts/bus.ts'
import { Fenced } from '#schemas/contracts/errors.ts'

export interface Claim {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  /** Where the group stands: the `next` of its last commit, or the first stored offset. */
  readonly committed: number
}

export interface LeaseStore {
  readonly wake: Wake
  partitions(topic: string): number
  /** Takes the partitions at once and fences whoever had them. */
  claim(group: string, topic: string, partitions: readonly number[]): readonly Claim[]
  /** Records from `from` on, null when there are none. Throws `Fenced`. */
  fetch(claim: Claim, from: number, maxBytes: number): Batch | null
  /** Throws `Fenced`. */
  commit(claim: Claim, unit: Unit): void
}

const DEFAULT_WAIT_MS = 100

export class Members {
  readonly #store: LeaseStore
  readonly #held = new Map<string, HeldLease>()
  readonly #memberships = new Set<Membership>()

  constructor(store: LeaseStore) {
    this.#store = store
  }

  join(group: string, topic: string, run: (lease: Lease) => Promise<void>, options: JoinOptions = {}): Membership {
    checkName('group', group)
    const { index, of } = options.member ?? { index: 0, of: 1 }
    if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of)) {
      throw new Error(`member ${index} of ${of} does not exist`)
    }
    const mine: number[] = []
    for (let p = index; p < this.#store.partitions(topic); p += of) mine.push(p)
    const leases = this.#store.claim(group, topic, mine).map(claim => this.#hold(claim))
    const runs = leases.map(lease => this.#run(lease, run))
    const done = Promise.all(runs).then(() => {})
    // The error is reported where `done` is awaited, which may be much later than now.
    done.catch(() => {})
    const membership: Membership = {
      done,
      [Symbol.asyncDispose]: async () => {
        for (const lease of leases) lease.abort('the member left')
        await Promise.allSettled(runs)
        this.#memberships.delete(membership)
      },
    }
    this.#memberships.add(membership)
    return membership
  }

  /** Leaves all groups and waits for the runs to end. */
  async leave(): Promise<void> {
    await Promise.all([...this.#memberships].map(membership => membership[Symbol.asyncDispose]()))
  }

  #hold(claim: Claim): HeldLease {
    const name = `${claim.group}/${claim.topic}/${claim.partition}`
    this.#held.get(name)?.abort('the partition was taken by another member')
    const lease = new HeldLease(this.#store, claim, () => {
      if (this.#held.get(name) === lease) this.#held.delete(name)
    })
    this.#held.set(name, lease)
    return lease
  }

  async #run(lease: HeldLease, run: (lease: Lease) => Promise<void>): Promise<void> {
    try {
      await nextTurn()
      await run(lease)
    } catch (error) {
      // Being fenced is how a lease that was taken away ends, not a failure of the member.
      if (!(error instanceof Fenced && lease.signal.aborted)) throw error
    } finally {
      lease.end()
    }
  }
}

class HeldLease implements Lease {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly #store: LeaseStore
  readonly #claim: Claim
  readonly #control = new AbortController()
  readonly #release: () => void
  #from: number
  #ended = false

  constructor(store: LeaseStore, claim: Claim, release: () => void) {
    this.#store = store
    this.#claim = claim
    this.#release = release
    this.group = claim.group
    this.topic = claim.topic
    this.partition = claim.partition
    this.committed = claim.committed
    this.#from = claim.committed
  }

  get signal(): AbortSignal {
    return this.#control.signal
  }

  async poll(maxBytes: number, waitMs = DEFAULT_WAIT_MS): Promise<Batch | null> {
    const deadline = performance.now() + waitMs
    // The store answers synchronously: without this turn a busy task would keep timers and messages of its thread waiting.
    await nextTurn()
    while (!this.signal.aborted) {
      const seen = this.#store.wake.current()
      const batch = this.#fetch(maxBytes)
      if (batch !== null) {
        this.#from = batch.next
        return batch
      }
      const left = deadline - performance.now()
      if (left <= 0) return null
      await this.#store.wake.wait(seen, left, this.signal)
    }
    return null
  }

  async commit(unit: Unit): Promise<void> {
    if (this.#ended) throw new Fenced(`lease of ${this.topic}/${this.partition} for ${this.group} was given back`)
    try {
      this.#store.commit(this.#claim, unit)
    } catch (error) {
      if (error instanceof Fenced) this.abort(error.message)
      throw error
    }
  }

  abort(reason: string): void {
    this.#control.abort(new Fenced(`${this.group} on ${this.topic}/${this.partition}: ${reason}`))
  }

  end(): void {
    this.#ended = true
    this.abort('the lease was given back')
    this.#release()
  }

  #fetch(maxBytes: number): Batch | null {
    try {
      return this.#store.fetch(this.#claim, this.#from, maxBytes)
    } catch (error) {
      if (!(error instanceof Fenced)) throw error
      this.abort(error.message)
      return null
    }
  }
}

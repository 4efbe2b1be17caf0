/**
 * Follows the topic `transactions` while the run goes on: every commit of every lease and writer leaves its mark there, and
 * every abort its marker. Tells how long partitions stood still.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { RecordBatch } from '#infra/bus/kafka/batches.ts'
import { openClient } from '#infra/bus/kafka/client.ts'
import { decompress } from '#infra/bus/kafka/compression.ts'
import { fetch } from '#infra/bus/kafka/fetch.ts'
import { TRANSACTIONS } from '#infra/bus/kafka/marks.ts'
import { Wire } from '#infra/bus/kafka/wire.ts'
import type { KafkaPlan } from '#infra/cli/run/kafka.ts'
import { PROCESS_GROUP } from '#infra/cli/run/segments-task.ts'
import { decodeState } from '#schemas/avro/records.ts'
import { Retryable } from '#schemas/contracts/errors.ts'

/** A transaction that was committed: when it began, by the clock of its process (milliseconds since 1970). */
interface Commit {
  readonly atMs: number
  readonly owner: string
  readonly serial: number
}

export interface Watched {
  readonly commits: number
  readonly aborts: number
  /** How often a partition of the segments went from one owner to another. */
  readonly moves: number
  /** From an owner's claim to the first commit of its work: restore, poll, process. Milliseconds, sorted. */
  readonly restoreMs: readonly number[]
  /** Per kill of a processing process: until every partition had committed again. Milliseconds, sorted. */
  readonly takeoverMs: readonly number[]
}

const EVERY_MS = 200
const FETCH = { maxBytes: 4 * 1024 * 1024, maxWaitMs: 0, committed: false }

/** A claim is the first transaction of an owner; the second one is work. */
const CLAIM = 1

export class Watch implements AsyncDisposable {
  readonly #wire: Wire
  readonly #topic: string
  readonly #lease: string
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #byLease = new Map<string, Commit[]>()
  readonly #open = new Map<number, Map<string, Commit>>()
  #next = 0
  #commits = 0
  #aborts = 0

  constructor(plan: KafkaPlan) {
    this.#wire = new Wire(openClient(plan), plan)
    this.#topic = plan.prefix + TRANSACTIONS
    this.#lease = `${plan.prefix}lease/${PROCESS_GROUP}/segments/`
    this.#running = this.#follow()
  }

  /** `killsMs`: when processing processes were killed, milliseconds since 1970. */
  watched(killsMs: readonly number[]): Watched {
    const leases = [...this.#byLease.values()]
    if (leases.length === 0) throw new Error(`no mark in ${this.#topic} begins with ${this.#lease}`)
    const changes = leases.flatMap(commits =>
      commits.flatMap((commit, i) => (i > 0 && commits[i - 1]!.owner !== commit.owner ? [{ commits, i }] : [])),
    )
    const restores = changes.flatMap(({ commits, i }) => {
      const [claim, work] = [commits[i]!, commits[i + 1]]
      return claim.serial === CLAIM && work?.owner === claim.owner ? [work.atMs - claim.atMs] : []
    })
    const takeovers = killsMs.flatMap(killMs => {
      const first = leases.map(commits => commits.find(({ atMs, serial }) => atMs > killMs && serial > CLAIM))
      const ends = first.flatMap(commit => (commit === undefined ? [] : [commit.atMs - killMs]))
      return ends.length === leases.length ? [Math.max(...ends)] : []
    })
    return {
      commits: this.#commits,
      aborts: this.#aborts,
      moves: changes.length,
      restoreMs: restores.toSorted((a, b) => a - b),
      takeoverMs: takeovers.toSorted((a, b) => a - b),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#wire.close()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const fetched = await fetch(this.#wire, decompress, this.#topic, 0, this.#next, FETCH)
        for (const batch of fetched.batches) this.#take(batch)
        this.#next = fetched.next
      } catch (error) {
        if (!(error instanceof Retryable)) throw error
      }
      await delay(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  }

  #take({ producerId, control, records }: RecordBatch): void {
    if (control === null) {
      const said = this.#open.get(producerId) ?? new Map<string, Commit>()
      this.#open.set(producerId, said)
      for (const { offset, timestamp, key, value } of records) {
        if (offset < this.#next || key === null || value === null) continue
        const [owner, serial] = decodeState(value) as [string, number]
        said.set(Buffer.from(key).toString(), { atMs: timestamp, owner, serial })
      }
      return
    }
    const said = this.#open.get(producerId)
    this.#open.delete(producerId)
    if (control === 'abort') {
      this.#aborts++
      return
    }
    this.#commits++
    for (const [id, commit] of said ?? []) {
      if (!id.startsWith(this.#lease)) continue
      const commits = this.#byLease.get(id) ?? []
      this.#byLease.set(id, commits)
      commits.push(commit)
    }
  }
}

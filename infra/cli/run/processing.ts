/** Runs the chain on some partitions of the segments topic: one supervised task each. */
import type { Backoff } from '#infra/runtime/retry.ts'
import { type Supervision, supervise } from '#infra/runtime/supervise.ts'
import { Task, type TaskLimits, type TaskSpec, type TaskStats } from '#infra/runtime/task.ts'
import type { Bus, JoinOptions, Lease } from '#schemas/contracts/bus.ts'
import type { LedgerCounts } from '#schemas/records/ledger.ts'
import { aborted } from './aborted.ts'

export interface ProcessingOptions {
  readonly spec: TaskSpec
  readonly limits: TaskLimits
  readonly partitions: readonly number[] | 'assigned'
  readonly supervision: Supervision
  /** While the log refuses a commit. */
  readonly backoff: Backoff
  /** Milliseconds, monotone. */
  readonly clock: () => number
}

/** One partition as telemetry sees it. Plain data. */
export interface PartitionReport {
  readonly stats: TaskStats
  readonly ledger: LedgerCounts
  /** `<stage>.<counter>` since the task was opened. */
  readonly counts: ReadonlyMap<string, number>
  /** Entries of keyed state by stage. */
  readonly sizes: ReadonlyMap<string, number>
}

export class Processing {
  readonly #bus: Bus
  readonly #options: ProcessingOptions
  readonly #tasks = new Map<number, Task>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  /** Rejects when a task crashed too often. */
  readonly done: Promise<void>

  constructor(bus: Bus, options: ProcessingOptions) {
    this.#bus = bus
    this.#options = options
    const { partitions } = options
    const members =
      partitions === 'assigned'
        ? [undefined]
        : partitions.map(index => ({ index, of: bus.partitions(options.spec.input) }))
    this.done = Promise.all(members.map(member => this.#supervised(member))).then(() => {})
    this.done.catch(() => {}) // reported where it is awaited
  }

  reports(): readonly PartitionReport[] {
    return [...this.#tasks.values()].map(task => {
      const counts = new Map<string, number>()
      for (const [stage, own] of task.counts()) for (const [name, n] of own) counts.set(`${stage}.${name}`, n)
      return { stats: task.stats, ledger: task.ledger, counts, sizes: task.sizes() }
    })
  }

  /** Ends every task after the batch in hand, with a checkpoint. */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const task of this.#tasks.values()) task.stop()
    await this.done
  }

  #supervised(member: JoinOptions['member']): Promise<void> {
    return supervise(() => this.#run(member), this.#stop.signal, this.#options.supervision)
  }

  async #run(member: JoinOptions['member']): Promise<void> {
    const { group, input } = this.#options.spec
    const options = member === undefined ? {} : { member }
    await using membership = await this.#bus.join(group, input, lease => this.#work(lease), options)
    await Promise.race([membership.done, aborted(this.#stop.signal)])
    // Tasks end by themselves, each with a checkpoint, before the member leaves.
    await Promise.all(this.#running)
  }

  async #work(lease: Lease): Promise<void> {
    const { spec, limits, clock, backoff } = this.#options
    const task = new Task(spec, this.#bus, lease, limits, clock, backoff)
    this.#tasks.set(lease.partition, task)
    if (this.#stop.signal.aborted) task.stop()
    const running = task.run()
    this.#running.add(running)
    try {
      await running
    } finally {
      this.#running.delete(running)
      if (lease.signal.aborted && this.#tasks.get(lease.partition) === task) this.#tasks.delete(lease.partition)
    }
  }
}

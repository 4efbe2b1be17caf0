import { setImmediate as nextTurn } from 'node:timers/promises'
import { Members } from '#infra/bus/members.ts'
import type { MemoryPartition } from '#infra/bus/memory/partition.ts'
import { type MemoryHook, MemoryStore } from '#infra/bus/memory/store.ts'
import { Writers } from '#infra/bus/writers.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Batch, Bounds, Bus, JoinOptions, Lease, Membership, Raw, Writer } from '#schemas/contracts/bus.ts'

export type { MemoryHook, MemoryOperation } from '#infra/bus/memory/store.ts'

export interface MemoryOptions {
  /** Partition count of topics that do not fix theirs. Default 1. */
  readonly partitions?: number
  /** Key and value bytes at which appends are refused, unless what every group has read makes room. Default: no bound. */
  readonly maxBytes?: number
  /**
   * Fault injection: what it throws, the operation throws. After a throw at `append`, `poll` or `commit-before` nothing
   * has happened; after a throw at `commit-after` everything has, but the caller cannot know.
   */
  readonly hook?: MemoryHook
}

const READ_BYTES = 1 << 20

/** The log in memory: for tests, and the plainest statement of what a log does. Nothing is deleted by age, and by size only for room. */
export class MemoryBus implements Bus {
  readonly #store: MemoryStore
  readonly #members: Members
  readonly #writers = new Writers(records => this.append(records))

  constructor(options: MemoryOptions = {}) {
    this.#store = new MemoryStore(
      options.partitions ?? 1,
      options.maxBytes ?? Number.POSITIVE_INFINITY,
      options.hook ?? (() => {}),
    )
    this.#members = new Members(this.#store)
  }

  async ensure(topics: readonly TopicSpec[]): Promise<void> {
    this.#store.ensure(topics)
  }

  partitions(topic: string): number {
    return this.#store.partitions(topic)
  }

  async append(records: readonly Raw[]): Promise<void> {
    await nextTurn()
    this.#store.append(records)
  }

  async writer(name: string): Promise<Writer> {
    return this.#writers.open(name)
  }

  read(topic: string, partition: number, from: number, until?: number): AsyncIterable<Batch> {
    const log = this.#store.log(topic, partition)
    return batches(log, from, Math.min(until ?? Number.POSITIVE_INFINITY, log.bounds().next))
  }

  async bounds(topic: string, partition: number): Promise<Bounds> {
    return this.#store.log(topic, partition).bounds()
  }

  async committed(group: string, topic: string): Promise<readonly (number | null)[]> {
    return Array.from({ length: this.partitions(topic) }, (_, p) => this.#store.position(group, topic, p))
  }

  async join(
    group: string,
    topic: string,
    run: (lease: Lease) => Promise<void>,
    options?: JoinOptions,
  ): Promise<Membership> {
    return this.#members.join(group, topic, run, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#members.leave()
  }
}

async function* batches(log: MemoryPartition, from: number, until: number): AsyncIterable<Batch> {
  let at = from
  do {
    // Also when there is nothing to read: who loops over `read` must not keep the writers of its thread waiting.
    await nextTurn()
    const batch = log.read(at, until, READ_BYTES)
    if (batch === null) return
    yield batch
    at = batch.next
  } while (at < until)
}

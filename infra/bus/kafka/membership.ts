/**
 * Memberships: static ones take their partitions by number, the others through Kafka's group protocol.
 *
 * The group protocol is kafkajs' consumer with all its topics paused: it joins, sends heartbeats and answers rebalances, and
 * fetches nothing. It has no callback for partitions that are taken away, so a lease ends when the new assignment comes;
 * until then its new owner has fenced it already, and nothing is committed twice.
 *
 * The consumer starts itself again after most errors, and ends after some that will pass (also after mistakes of its own that
 * only show when brokers come and go). Then another one takes its place; the leases go on meanwhile.
 */
import type { Consumer, Kafka } from 'kafkajs'
import type { JoinOptions, Lease, Membership } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { stickyAssigner } from './assignor.ts'
import { classify } from './errors.ts'
import { Holder, type Taken } from './holder.ts'

export interface MembershipParts {
  readonly kafka: Kafka
  /** Names in Kafka. */
  readonly groupId: string
  readonly topic: string
  readonly partitions: number
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  /** How often positions are told to Kafka, for the eyes of lag tools. */
  readonly reportMs: number
  readonly partitionsOf: (topic: string) => number
  readonly take: (partition: number) => Promise<Taken>
  readonly run: (lease: Lease) => Promise<void>
  readonly warn: (message: string) => void
  readonly onRebalance: () => void
}

/** Partitions p with p % of === index, without a group. */
export function joinStatic(parts: MembershipParts, { index, of }: NonNullable<JoinOptions['member']>): Membership {
  const holders: Holder[] = []
  for (let p = index; p < parts.partitions; p += of) {
    holders.push(new Holder(p, () => parts.take(p), parts.run, parts.warn))
  }
  const done = Promise.all(holders.map(holder => holder.done)).then(() => {})
  done.catch(() => {}) // reported where it is awaited
  return {
    done,
    [Symbol.asyncDispose]: async () => {
      for (const holder of holders) holder.release('the member left')
      await Promise.allSettled(holders.map(holder => holder.done))
    },
  }
}

const ANOTHER_MS = 1000
/** About ten seconds: longer than a group's coordinator takes to move, and disposal waits no longer for brokers that are away. */
const RETRIES = 8

export class GroupMembership implements Membership {
  readonly #parts: MembershipParts
  #consumer: Consumer
  #another: NodeJS.Timeout | undefined
  /** By partition, those that are given to this member now. */
  readonly #holders = new Map<number, Holder>()
  /** Also those that end at the moment. */
  readonly #running = new Set<Holder>()
  readonly #end = Promise.withResolvers<void>()
  readonly #reporter: NodeJS.Timeout
  #reported = new Map<number, number>()
  #left: Promise<void> | null = null
  readonly done: Promise<void>

  /** Throws `Retryable`, or `Refused` where waiting does not help. */
  static async join(parts: MembershipParts): Promise<GroupMembership> {
    const membership = new GroupMembership(parts)
    try {
      await membership.#join()
    } catch (error) {
      await membership[Symbol.asyncDispose]()
      throw classify(error, `joining ${parts.groupId}`)
    }
    return membership
  }

  private constructor(parts: MembershipParts) {
    this.#parts = parts
    this.done = this.#end.promise
    this.done.catch(() => {}) // reported where it is awaited
    this.#consumer = this.#newConsumer()
    this.#reporter = setInterval(() => void this.#report(), parts.reportMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#left ??= this.#leave()
    await this.#left
  }

  #newConsumer(): Consumer {
    const { kafka, groupId, topic, sessionTimeoutMs, heartbeatMs, partitionsOf } = this.#parts
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: Math.ceil(heartbeatMs / 2),
      allowAutoTopicCreation: false,
      // Never gives up: without the group this member goes on with what it has until it is fenced.
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2000,
        retries: RETRIES,
        restartOnFailure: async () => this.#left === null,
      },
      partitionAssigners: [stickyAssigner(() => new Map([[topic, [...this.#holders.keys()]]]), partitionsOf)],
    })
    consumer.on('consumer.group_join', ({ payload }) => {
      // It was joining when it was told to stop, and kafkajs does not look.
      if (this.#left !== null) return void consumer.disconnect().catch(() => {})
      consumer.pause([{ topic }])
      this.#assigned(payload.memberAssignment[topic] ?? [])
    })
    consumer.on('consumer.crash', ({ payload: { error, restart } }) => {
      if (this.#left !== null) return
      if (restart) this.#parts.warn(`group ${groupId}: ${error.message}; joining again`)
      else this.#ended(error)
    })
    return consumer
  }

  async #join(): Promise<void> {
    const { topic } = this.#parts
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [topic], fromBeginning: true })
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async () => {}, // never called: everything is paused
    })
  }

  /** The consumer is no more. */
  #ended(error: unknown): void {
    const { groupId, warn } = this.#parts
    const classified = classify(error, `group ${groupId}`)
    if (classified instanceof Refused) {
      this.#end.reject(classified)
      return
    }
    warn(`${classified.message}; joining again`)
    this.#another = setTimeout(() => {
      this.#consumer = this.#newConsumer()
      this.#join().catch(again => (this.#left === null ? this.#ended(again) : undefined))
    }, ANOTHER_MS)
  }

  #assigned(partitions: readonly number[]): void {
    this.#parts.onRebalance()
    for (const [partition, holder] of this.#holders) {
      if (partitions.includes(partition)) continue
      this.#holders.delete(partition)
      holder.release('the partition was given to another member')
    }
    for (const partition of partitions) if (!this.#holders.has(partition)) this.#hold(partition)
  }

  #hold(partition: number): void {
    const { take, run, warn } = this.#parts
    const holder = new Holder(partition, () => take(partition), run, warn)
    this.#holders.set(partition, holder)
    this.#running.add(holder)
    holder.done
      .finally(() => this.#running.delete(holder))
      .then(() => this.#finished())
      .catch(error => this.#end.reject(error))
  }

  /** All runs returned by themselves: the member's work is done. */
  async #finished(): Promise<void> {
    const holders = [...this.#holders.values()]
    await Promise.all(holders.map(holder => holder.done))
    const same = holders.length === this.#holders.size && holders.every(h => this.#holders.get(h.partition) === h)
    if (same && holders.length > 0) this.#end.resolve()
  }

  /** Only for tools that show lag: a failure is tried again with the next report. */
  async #report(): Promise<void> {
    const { topic } = this.#parts
    const changed = [...this.#holders].flatMap(([partition, { position }]) =>
      position === null || this.#reported.get(partition) === position ? [] : [{ partition, position }],
    )
    if (changed.length === 0) return
    try {
      await this.#consumer.commitOffsets(
        changed.map(({ partition, position }) => ({ topic, partition, offset: String(position) })),
      )
      for (const { partition, position } of changed) this.#reported.set(partition, position)
    } catch {
      this.#reported = new Map()
    }
  }

  async #leave(): Promise<void> {
    clearInterval(this.#reporter)
    clearTimeout(this.#another)
    const holders = [...this.#running]
    for (const holder of holders) holder.release('the member left')
    await Promise.allSettled(holders.map(holder => holder.done))
    await this.#report()
    await this.#consumer.disconnect().catch(() => {})
    this.#end.resolve()
  }
}

/** The message log on Apache Kafka: see README.md for how each law of the contract is kept. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'
import { checkName } from '#infra/bus/layout.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Batch, Bounds, Bus, JoinOptions, Lease, Membership, Raw, Writer } from '#schemas/contracts/bus.ts'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import { type ClientOptions, openClient } from './client.ts'
import { COMPRESSIONS, type Compression, decompress } from './compression.ts'
import { classify, reasonOf } from './errors.ts'
import { fetch, firstOf, settledEnd } from './fetch.ts'
import type { Taken } from './holder.ts'
import { LastVisible } from './last-visible.ts'
import { KafkaLease } from './lease.ts'
import { Marks, TRANSACTIONS } from './marks.ts'
import { GroupMembership, joinStatic, type MembershipParts } from './membership.ts'
import { allPartitions, type ProduceTopic } from './produce.ts'
import { type FetchBatches, PartitionReader } from './reader.ts'
import { RegistryFormat, type RegistryOptions } from './registry/format.ts'
import { type KafkaStats, newStats } from './stats.ts'
import { ensureTopics, knownTopics, type TopicOptions, TRANSACTIONS_TOPIC } from './topics.ts'
import { Transactor } from './transactor.ts'
import type { ValueFormat } from './value-format.ts'
import { Wire } from './wire.ts'
import { KafkaWriter } from './writer.ts'

export interface KafkaOptions extends ClientOptions, TopicOptions {
  readonly compression: Compression
  /** After so long without a sign of its producer a transaction is aborted by the broker. */
  readonly transactionTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  /** Values name their schema by a registry's id; null: by its fingerprint. */
  readonly schemaRegistry: RegistryOptions | null
  /** One line for the operator: something does not work at the moment, and is tried again. */
  readonly onWarning: (message: string) => void
}

const READ_BYTES = 4 * 1024 * 1024
const READ_WAIT_MS = 100
/** Positions and bounds are asked for by metrics: after so long they are told as a reader sees them now. */
const DECIDE_MS = 5000
const REPORT_MS = 5000
const AGAIN_MS = 100

export async function openKafka(options: KafkaOptions): Promise<KafkaBus> {
  const bus = new KafkaBus(options)
  try {
    await bus.connect()
    return bus
  } catch (error) {
    await bus[Symbol.asyncDispose]()
    throw whyNotOpen(classify(error, `Kafka at ${options.brokers.join(', ')}`))
  }
}

export class KafkaBus implements Bus {
  readonly #options: KafkaOptions
  /** A transaction of a producer that died is open for so long at most. */
  readonly #patienceMs: number
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #wire: Wire
  readonly #marks: Marks
  readonly #lastVisible: LastVisible
  readonly #format: ValueFormat | null
  readonly #topics = new Map<string, ProduceTopic>()
  readonly #memberships = new Set<Membership>()
  readonly #writers = new Set<KafkaWriter>()
  /** Writers and memberships that are on their way. */
  readonly #opening = new Set<Promise<unknown>>()
  #anonymous: Promise<KafkaWriter> | null = null
  readonly #closing = new AbortController()
  readonly #stats = newStats()

  /** Use `openKafka`. */
  constructor(options: KafkaOptions) {
    this.#options = options
    this.#patienceMs = options.transactionTimeoutMs + options.requestTimeoutMs
    this.#kafka = openClient(options)
    this.#admin = this.#kafka.admin()
    this.#wire = new Wire(this.#kafka, options)
    this.#marks = new Marks(this.#wire, decompress, options.prefix + TRANSACTIONS)
    this.#lastVisible = new LastVisible(this.#wire, decompress, DECIDE_MS)
    const { schemaRegistry } = options
    this.#format = schemaRegistry === null ? null : new RegistryFormat(schemaRegistry, () => performance.now())
  }

  async connect(): Promise<void> {
    await this.#admin.connect()
    for (const topic of await this.#knownTopics()) this.#topics.set(topic.name, topic)
    await this.ensure([TRANSACTIONS_TOPIC])
  }

  /** Of kafkajs: for `topics`, which looks at more than a log does. */
  get admin(): Admin {
    return this.#admin
  }

  async ensure(topics: readonly TopicSpec[]): Promise<void> {
    const ensured = await this.#again(async () => {
      try {
        return await ensureTopics(this.#admin, topics, this.#options)
      } catch (error) {
        if (error instanceof Usage) throw error
        throw classify(error, 'topics')
      }
    })
    for (const topic of ensured) this.#topics.set(topic.name, topic)
    const { prefix } = this.#options
    await this.#again(async () =>
      this.#format?.prepare(topics.map(({ name, schema }) => ({ kafkaName: prefix + name, schema }))),
    )
  }

  partitions(topic: string): number {
    return this.#topic(topic).partitions
  }

  async append(records: readonly Raw[]): Promise<void> {
    if (records.length === 0) return
    this.#anonymous ??= this.#open(`anonymous.${randomUUID()}`, true)
    const writer = await this.#anonymous.catch(error => {
      this.#anonymous = null
      throw error
    })
    await this.#again(() => writer.append(records))
  }

  async writer(name: string): Promise<Writer> {
    checkName('writer', name)
    return this.#open(name, false)
  }

  async *read(topic: string, partition: number, from: number, until?: number): AsyncIterable<Batch> {
    const { kafkaName } = this.#partition(topic, partition)
    const first = await this.#again(() => firstOf(this.#wire, kafkaName, partition))
    const end = await this.#again(() => settledEnd(this.#wire, kafkaName, partition, this.#patienceMs, until))
    const reader = this.#reader(this.#wire, kafkaName, partition, Math.max(from, first))
    for (let at = reader.position; at < end; ) {
      const before = reader.position
      const joined = await this.#again(() => reader.fetch(READ_BYTES, READ_WAIT_MS))
      at = joined.next
      // The rest of a value may lie behind a transaction that is still open.
      if (reader.position === before && before >= end) {
        await this.#again(() => settledEnd(this.#wire, kafkaName, partition, this.#patienceMs))
      }
      const records = joined.records.filter(record => record.offset < end)
      if (records.length === 0) continue
      const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
      yield { topic, partition, records, next: Math.min(at, end), bytes }
    }
  }

  async bounds(topic: string, partition: number): Promise<Bounds> {
    const { kafkaName } = this.#partition(topic, partition)
    return this.#again(() => this.#lastVisible.bounds(kafkaName, partition))
  }

  async committed(group: string, topic: string): Promise<readonly (number | null)[]> {
    const count = this.#topic(topic).partitions
    const ids = Array.from({ length: count }, (_, p) => this.#leaseId(group, topic, p))
    const marks = await this.#again(() => this.#marks.settled(ids, DECIDE_MS))
    return ids.map(id => marks.get(id)?.next ?? null)
  }

  async join(
    group: string,
    topic: string,
    run: (lease: Lease) => Promise<void>,
    { member }: JoinOptions = {},
  ): Promise<Membership> {
    checkName('group', group)
    if (member !== undefined && !validMember(member))
      throw new Error(`member ${member.index} of ${member.of} does not exist`)
    const { kafkaName, partitions } = this.#topic(topic)
    const parts: MembershipParts = {
      kafka: this.#kafka,
      groupId: this.#options.prefix + group,
      topic: kafkaName,
      partitions,
      sessionTimeoutMs: this.#options.sessionTimeoutMs,
      heartbeatMs: this.#options.heartbeatMs,
      reportMs: REPORT_MS,
      partitionsOf: name => [...this.#topics.values()].find(known => known.kafkaName === name)?.partitions ?? 0,
      take: partition => this.#take(group, topic, partition),
      run,
      warn: this.#options.onWarning,
      onRebalance: () => this.#stats.rebalances++,
    }
    const membership =
      member === undefined
        ? await this.#tracked(this.#again(() => GroupMembership.join(parts)))
        : joinStatic(parts, member)
    this.#memberships.add(membership)
    // The log was closed meanwhile.
    if (this.#closing.signal.aborted) await membership[Symbol.asyncDispose]()
    return membership
  }

  stats(): Readonly<KafkaStats> {
    return { ...this.#stats }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled([...this.#memberships].map(membership => membership[Symbol.asyncDispose]()))
    await Promise.allSettled([...this.#opening])
    await Promise.allSettled([...this.#writers].map(writer => writer[Symbol.asyncDispose]()))
    await Promise.allSettled([this.#wire.close(), this.#admin.disconnect()])
  }

  /** Whoever takes a partition fences its former owner. */
  async #take(group: string, topic: string, partition: number): Promise<Taken> {
    const { kafkaName } = this.#topic(topic)
    const wire = new Wire(this.#kafka, this.#options)
    try {
      const transactor = this.#transactor(this.#leaseId(group, topic, partition), wire)
      const { next } = await transactor.open()
      const committed = next ?? (await firstOf(wire, kafkaName, partition))
      const reader = this.#reader(wire, kafkaName, partition, committed)
      const { onWarning } = this.#options
      const lease = new KafkaLease({ group, topic, partition }, committed, transactor, reader, this.#stats, onWarning)
      this.#stats.leasesTaken++
      return { lease, close: () => wire.close().catch(() => {}) }
    } catch (error) {
      await wire.close()
      throw error
    }
  }

  #open(name: string, anonymous: boolean): Promise<KafkaWriter> {
    return this.#tracked(this.#openWriter(name, anonymous))
  }

  async #openWriter(name: string, anonymous: boolean): Promise<KafkaWriter> {
    const wire = new Wire(this.#kafka, this.#options)
    const transactor = this.#transactor(`${this.#options.prefix}writer/${name}`, wire)
    try {
      await this.#again(() => transactor.open())
    } catch (error) {
      await wire.close()
      throw error
    }
    const writer = new KafkaWriter(transactor, async () => {
      this.#writers.delete(writer)
      if (anonymous) await transactor.forget().catch(() => {}) // its mark stays: a few bytes
      await wire.close()
    })
    this.#writers.add(writer)
    return writer
  }

  #transactor(id: string, wire: Wire): Transactor {
    const { compression, transactionTimeoutMs, requestTimeoutMs } = this.#options
    const options = {
      compression: COMPRESSIONS[compression],
      transactionTimeoutMs,
      requestTimeoutMs,
      clock: Date.now,
      format: this.#format,
      everywhere: () => allPartitions(this.#topics.values()),
      learnLimits: () => this.#learnLimits(),
    }
    return new Transactor(id, wire, this.#marks, name => this.#topic(name), options, this.#stats)
  }

  /** Repeated, because right after a broker died the others still name it, as the controller for instance. */
  #knownTopics(): Promise<readonly ProduceTopic[]> {
    return this.#again(() =>
      knownTopics(this.#admin, this.#options).catch(error => Promise.reject(classify(error, 'topics'))),
    )
  }

  /** Somebody may have changed a topic. */
  async #learnLimits(): Promise<boolean> {
    let lower = false
    for (const { name, maxBatchBytes } of await this.#knownTopics()) {
      const topic = this.#topics.get(name)
      if (topic === undefined || topic.maxBatchBytes === maxBatchBytes) continue
      lower ||= maxBatchBytes < topic.maxBatchBytes
      this.#topics.set(name, { ...topic, maxBatchBytes })
    }
    return lower
  }

  #reader(wire: Wire, kafkaName: string, partition: number, from: number): PartitionReader {
    const fetchBatches: FetchBatches = async (at, maxBytes, maxWaitMs) => {
      const options = { maxBytes, maxWaitMs, committed: true }
      const fetched = await fetch(wire, decompress, kafkaName, partition, at, options)
      this.#stats.fetchedBytes += fetched.bytes
      return fetched
    }
    const format = this.#format
    return new PartitionReader(fetchBatches, format === null ? null : records => format.decode(records), from)
  }

  /** Names have no slash: no two leases or writers share an id. */
  #leaseId(group: string, topic: string, partition: number): string {
    return `${this.#options.prefix}lease/${group}/${topic}/${partition}`
  }

  #topic(name: string): ProduceTopic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw new Error(`topic ${name} was not ensured`)
    return topic
  }

  #partition(name: string, partition: number): ProduceTopic {
    const topic = this.#topic(name)
    if (partition >= 0 && partition < topic.partitions) return topic
    throw new Error(`topic ${name} has partitions 0 to ${topic.partitions - 1}, not ${partition}`)
  }

  async #tracked<T>(opening: Promise<T>): Promise<T> {
    this.#opening.add(opening)
    try {
      return await opening
    } finally {
      this.#opening.delete(opening)
    }
  }

  /** Repeats a call that may be repeated, for as long as a request may take. */
  async #again<T>(call: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#options.requestTimeoutMs
    for (;;) {
      if (this.#closing.signal.aborted) throw new Retryable('kafka.closed', 'the log was closed')
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof Retryable) || performance.now() > deadline || this.#closing.signal.aborted) throw error
        this.#stats.fetchErrors++
        await delay(AGAIN_MS, undefined, { signal: this.#closing.signal }).catch(() => {})
      }
    }
  }
}

/** A connection that is closed without a word is most often one that should have been another. */
function whyNotOpen(error: Error): Error {
  if (!(error instanceof Retryable) || reasonOf(error.cause) !== 'KafkaJSConnectionClosedError') return error
  const { reason, message, cause } = error
  return new Retryable(reason, `${message} (brokers that want TLS or a login close other connections)`, { cause })
}

function validMember({ index, of }: NonNullable<JoinOptions['member']>): boolean {
  return Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of
}

/** One view of the cluster: finds leaders and coordinators, and asks again for where they are after an error. */
import type { Kafka } from 'kafkajs'
import { Retryable } from '#schemas/contracts/errors.ts'
import { classify, reasonOf } from './errors.ts'
import { type Broker, type Cluster, openCluster, TRANSACTION_COORDINATOR } from './kafkajs.ts'

export interface WireOptions {
  /** Milliseconds until a call that finds no broker gives up. */
  readonly requestTimeoutMs: number
}

/** What is asked of a cluster. */
export type Calls = Pick<Wire, 'leader' | 'leaderId' | 'know' | 'node' | 'coordinator'>

/** Nothing has moved: who was asked is the right one. */
const IN_PLACE = new Set(['CONCURRENT_TRANSACTIONS', 'INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'MESSAGE_TOO_LARGE'])

export class Wire {
  readonly #cluster: Cluster
  #connected: Promise<void> | null = null
  readonly #topics = new Set<string>()
  /** Node ids, by transactional id. */
  readonly #coordinators = new Map<string, number>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closed = false

  constructor(kafka: Kafka, options: WireOptions) {
    this.#cluster = openCluster(kafka, options.requestTimeoutMs)
  }

  /** Calls the leader of a partition. */
  async leader<T>(topic: string, partition: number, what: string, call: (broker: Broker) => Promise<T>): Promise<T> {
    return this.#call(what, async () => {
      const nodeId = await this.#leader(topic, partition)
      return call(await this.#cluster.findBroker({ nodeId }))
    })
  }

  /** Node id of a partition's leader. */
  async leaderId(topic: string, partition: number): Promise<number> {
    return this.#call('metadata', () => this.#leader(topic, partition))
  }

  /** Learns where the partitions of these topics are, in one request. */
  async know(topics: readonly string[]): Promise<void> {
    await this.#call('metadata', () => this.#know(topics))
  }

  /** Calls a broker by its id. */
  async node<T>(nodeId: number, what: string, call: (broker: Broker) => Promise<T>): Promise<T> {
    return this.#call(what, async () => call(await this.#cluster.findBroker({ nodeId })))
  }

  /** Calls the coordinator of a transactional id. */
  async coordinator<T>(transactionalId: string, what: string, call: (broker: Broker) => Promise<T>): Promise<T> {
    return this.#call(what, async () => {
      await this.#connect()
      try {
        return await call(await this.#coordinator(transactionalId))
      } catch (error) {
        if (!IN_PLACE.has(reasonOf(error))) this.#coordinators.delete(transactionalId)
        throw error
      }
    })
  }

  async #coordinator(transactionalId: string): Promise<Broker> {
    const nodeId = this.#coordinators.get(transactionalId)
    if (nodeId !== undefined) return this.#cluster.findBroker({ nodeId })
    const of = { groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR }
    const broker = await this.#cluster.findGroupCoordinator(of)
    this.#coordinators.set(transactionalId, broker.nodeId)
    return broker
  }

  /** Partition count of a topic, 0 when there is none. */
  async partitions(topic: string): Promise<number> {
    await this.know([topic])
    return this.#cluster.findTopicPartitionMetadata(topic).length
  }

  /** Ends its connections. Calls under way end first, or fail; later ones throw `Retryable`. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#cluster.disconnect()
    // A call that was looking for a broker may have connected once more.
    await Promise.allSettled(this.#underWay)
    await this.#cluster.disconnect()
  }

  async #leader(topic: string, partition: number): Promise<number> {
    await this.#know([topic])
    const known = this.#leaderInMetadata(topic, partition)
    if (known !== null) return known
    await this.#cluster.refreshMetadata()
    const leader = this.#leaderInMetadata(topic, partition)
    if (leader !== null) return leader
    throw new Retryable('kafka.no-leader', `partition ${partition} of ${topic} has no leader at the moment`)
  }

  #leaderInMetadata(topic: string, partition: number): number | null {
    const metadata = this.#cluster.findTopicPartitionMetadata(topic).find(p => p.partitionId === partition)
    return metadata === undefined || metadata.leader < 0 ? null : metadata.leader
  }

  async #know(topics: readonly string[]): Promise<void> {
    await this.#connect()
    const unknown = topics.filter(topic => !this.#topics.has(topic))
    if (unknown.length > 0) await this.#cluster.addMultipleTargetTopics(unknown)
    for (const topic of unknown) this.#topics.add(topic)
    await this.#cluster.refreshMetadataIfNecessary()
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#cluster.connect().catch(error => {
      this.#connected = null
      throw error
    })
    return this.#connected
  }

  async #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new Retryable('kafka.closed', `${what}: the connections were closed`)
    const called = this.#refreshing(what, call)
    this.#underWay.add(called)
    try {
      return await called
    } finally {
      this.#underWay.delete(called)
    }
  }

  /** Where things are may have changed when a call failed: the next call asks anew. */
  async #refreshing<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      const classified = classify(error, what)
      const moved = classified instanceof Retryable && !IN_PLACE.has(reasonOf(error))
      if (moved && this.#topics.size > 0 && !this.#closed) await this.#refresh()
      throw classified
    }
  }

  /** Reconnects when no broker was left. */
  async #refresh(): Promise<void> {
    try {
      if (!this.#cluster.isConnected()) await this.#cluster.connect()
      await this.#cluster.refreshMetadata()
    } catch {
      // The caller's error says what is wrong; the next call tries this again.
    }
  }
}

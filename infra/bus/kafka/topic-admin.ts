/** What `tapwire topics` does to a cluster. A log makes what it needs by itself (topics.ts); this looks at all and changes it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import { type ClientOptions, openClient } from './client.ts'
import { classify, reasonOf } from './errors.ts'
import { incrementalAlterRequest, type TopicSettings } from './incremental-alter.ts'
import { createTopics, type FoundTopic, findTopics, growTopics, type WantedTopic } from './topics.ts'
import { Wire } from './wire.ts'

export interface ClusterState {
  /** Node ids. */
  readonly brokers: readonly number[]
  /** By their names in Kafka: those of the wanted topics that are there. */
  readonly topics: ReadonlyMap<string, FoundTopic>
}

const AGAIN_MS = 100

/** Throws `Retryable` when no broker answers, `Refused` when they refuse us. */
export async function openTopicAdmin(options: ClientOptions): Promise<TopicAdmin> {
  const kafka = openClient(options)
  const admin = kafka.admin()
  const cluster = `Kafka at ${options.brokers.join(', ')}`
  const opened = new TopicAdmin(admin, new Wire(kafka, options), cluster, options.requestTimeoutMs)
  try {
    await admin.connect()
    return opened
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw classify(error, cluster)
  }
}

/** All calls throw `Retryable` or `Refused`, with what to do about missing rights. */
export class TopicAdmin implements AsyncDisposable {
  readonly #admin: Admin
  readonly #wire: Wire
  readonly #cluster: string
  readonly #patienceMs: number

  /** Use `openTopicAdmin`. */
  constructor(admin: Admin, wire: Wire, cluster: string, patienceMs: number) {
    this.#patienceMs = patienceMs
    this.#admin = admin
    this.#wire = wire
    this.#cluster = cluster
  }

  /** Node ids. */
  async brokers(): Promise<readonly number[]> {
    return this.#call('describing the cluster', async () => {
      const { brokers } = await this.#admin.describeCluster()
      return brokers.map(({ nodeId }) => nodeId)
    })
  }

  async find(kafkaNames: readonly string[]): Promise<ReadonlyMap<string, FoundTopic>> {
    return this.#again('describing topics', () => findTopics(this.#admin, kafkaNames))
  }

  async create(topics: readonly WantedTopic[]): Promise<void> {
    if (topics.length > 0) await this.#again('creating topics', () => createTopics(this.#admin, topics))
  }

  /** Adds partitions, up to the count of each. Resolves when they have leaders. */
  async grow(topics: readonly WantedTopic[]): Promise<void> {
    if (topics.length > 0) await this.#call('adding partitions', () => growTopics(this.#admin, topics))
  }

  /** Leaves every other setting of these topics as it is. */
  async configure(topics: readonly TopicSettings[]): Promise<void> {
    if (topics.length === 0) return
    await this.#again('changing settings', async () => {
      const { controller } = await this.#admin.describeCluster()
      await this.#wire.know(topics.map(({ topic }) => topic)) // connects
      await this.#wire.node(controller ?? 0, 'changing settings', broker =>
        broker.connectionPool.send(incrementalAlterRequest(topics)),
      )
    })
  }

  /** Members that a consumer group (its name in Kafka) has now. */
  async members(groupId: string): Promise<number> {
    return this.#call('describing groups', async () => {
      const { groups } = await this.#admin.describeGroups([groupId])
      return groups[0]?.members.length ?? 0
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#wire.close(), this.#admin.disconnect()])
  }

  /** Not every broker knows at once what another one has made: repeated, where that does no harm. */
  async #again<T>(what: string, call: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#patienceMs
    for (;;) {
      try {
        return await this.#call(what, call)
      } catch (error) {
        if (!passes(error) || performance.now() > deadline) throw error
        await delay(AGAIN_MS)
      }
    }
  }

  async #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw withRights(classify(innermost(error), `${this.#cluster}: ${what}`))
    }
  }
}

/** A policy of the cluster, or a value that it does not take, is not overcome by waiting. */
function passes(error: unknown): boolean {
  if (!(error instanceof Retryable)) return false
  return (error.cause as { readonly retriable?: boolean } | undefined)?.retriable !== false
}

/** kafkajs collects what went wrong with several topics; one of them says enough. */
function innermost(error: unknown): unknown {
  const { errors } = error as { readonly errors?: unknown }
  return Array.isArray(errors) && errors.length > 0 ? errors[0] : error
}

const RIGHTS =
  'this needs Describe and DescribeConfigs on the topics of the prefix and Describe on the group; apply also Create, Alter and AlterConfigs'

function withRights(error: Error): Error {
  if (!(error instanceof Refused) || !reasonOf(error.cause).endsWith('AUTHORIZATION_FAILED')) return error
  return new Refused(error.reason, `${error.message.replace(/\.$/, '')}: ${RIGHTS}`, { cause: error.cause })
}

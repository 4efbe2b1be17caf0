/** Topics as Kafka has them: what they should be, what is there, and making up the difference. */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { plan, type TopicLayout } from '#infra/bus/layout.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { reasonOf } from './errors.ts'
import { TRANSACTIONS } from './marks.ts'
import type { ProduceTopic } from './produce.ts'

export interface TopicOptions {
  /** What every name in Kafka starts with. */
  readonly prefix: string
  /** Partitions of topics that do not fix theirs. */
  readonly partitions: number
  /** Null: as many as there are brokers, 3 at most. */
  readonly replication: number | null
  /** Largest record batch that new topics take. */
  readonly maxMessageBytes: number
  /** False: topics are made by hand (tapwire topics apply); what is missing is an error. */
  readonly create: boolean
  /** Add partitions where more are configured than there are. It tears connections apart: tapwire topics apply says how. */
  readonly grow: boolean
}

/** A topic as it should be. */
export interface WantedTopic {
  readonly name: string
  readonly kafkaName: string
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

/** A topic as it is. */
export interface FoundTopic {
  readonly kafkaName: string
  readonly partitions: number
  /** Copies of the partition that has fewest. */
  readonly replication: number
  /** Node ids that have a copy, by partition. */
  readonly replicas: ReadonlyMap<number, readonly number[]>
  /** Brokers' defaults included. */
  readonly config: ReadonlyMap<string, string>
}

/** The adapter's own topic (marks.ts): one partition, small, compacted at once. */
export const TRANSACTIONS_TOPIC: TopicSpec = {
  name: TRANSACTIONS,
  key: 'none',
  schema: 'state',
  cleanup: 'compact',
  retention: null,
  partitions: 1,
}

const MIB = 1024 ** 2
const MINUTE = 60_000
const SMALLEST_SEGMENT = MIB
const LARGEST_SEGMENT = 1024 * MIB

export function wanted(spec: TopicSpec, options: TopicOptions, replication: number): WantedTopic {
  const { partitions } = plan(spec, undefined, options.partitions)
  const common = {
    'cleanup.policy': spec.cleanup,
    'max.message.bytes': String(options.maxMessageBytes),
    'min.insync.replicas': String(minInSync(replication)),
    'unclean.leader.election.enable': 'false',
    'message.timestamp.type': 'CreateTime',
    'compression.type': 'producer',
  }
  return {
    name: spec.name,
    kafkaName: options.prefix + spec.name,
    partitions,
    replication,
    config: { ...common, ...(spec.cleanup === 'compact' ? compacted(spec) : deleted(spec)) },
  }
}

/** One broker may be away, and what was acknowledged is on two all the same. */
export function minInSync(replication: number): number {
  return replication >= 3 ? 2 : 1
}

/** A closed segment is what Kafka compacts: small ones keep a restart's reading short. */
function compacted({ name }: TopicSpec): Record<string, string> {
  const small = name === TRANSACTIONS
  return {
    'segment.bytes': String(small ? MIB : 32 * MIB),
    'segment.ms': String(small ? 10 * MINUTE : 60 * MINUTE),
    'min.cleanable.dirty.ratio': small ? '0.01' : '0.2',
    'delete.retention.ms': String(10 * MINUTE),
  }
}

/** Kafka deletes whole closed segments: they must be much smaller than what is to be kept. */
function deleted({ retention }: TopicSpec): Record<string, string> {
  if (retention === null) return { 'retention.ms': '-1', 'retention.bytes': '-1' }
  const segment = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, Math.floor(retention.bytes / 8)))
  return {
    'retention.ms': String(retention.ms),
    'retention.bytes': String(retention.bytes),
    'segment.bytes': String(segment),
    'segment.ms': String(Math.max(MINUTE, Math.min(24 * 60 * MINUTE, Math.floor(retention.ms / 8)))),
  }
}

/** Copies that topics get on a cluster of so many brokers. */
export function replicationFor(brokers: number, { replication }: TopicOptions): number {
  return replication ?? Math.min(3, brokers)
}

/** The topics of these names (in Kafka) that exist, by name. */
export async function findTopics(
  admin: Admin,
  kafkaNames: readonly string[],
): Promise<ReadonlyMap<string, FoundTopic>> {
  const all = new Set(await admin.listTopics())
  const present = kafkaNames.filter(name => all.has(name))
  if (present.length === 0) return new Map()
  const [{ topics }, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: present }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: present.map(name => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    }),
  ])
  const configs = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  )
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      {
        kafkaName: name,
        partitions: partitions.length,
        replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        replicas: new Map(partitions.map(({ partitionId, replicas }) => [partitionId, replicas])),
        config: configs.get(name) ?? new Map(),
      },
    ]),
  )
}

/** Creates what is missing and adds partitions. All is checked before anything is changed. Throws `Usage`. */
export async function ensureTopics(
  admin: Admin,
  specs: readonly TopicSpec[],
  options: TopicOptions,
): Promise<readonly ProduceTopic[]> {
  const { brokers } = await admin.describeCluster()
  const replication = replicationFor(brokers.length, options)
  for (const spec of specs) plan(spec, undefined, options.partitions)
  const want = specs.map(spec => wanted(spec, options, replication))
  const found = await findTopics(
    admin,
    want.map(topic => topic.kafkaName),
  )
  const layouts = specs.map(spec =>
    plan(spec, layoutOf(spec, found.get(options.prefix + spec.name)), options.partitions),
  )
  const missing = want.filter(topic => !found.has(topic.kafkaName))
  const short = want.filter(topic => (found.get(topic.kafkaName)?.partitions ?? topic.partitions) < topic.partitions)
  const forbidden = [...(options.create ? [] : missing), ...(options.grow ? [] : short)]
  if (forbidden.length > 0) throw new Usage(whatIsMissing(forbidden, found))
  if (missing.length > 0) await createTopics(admin, missing)
  if (short.length > 0) await growTopics(admin, short)
  const after =
    missing.length > 0
      ? await findTopics(
          admin,
          want.map(topic => topic.kafkaName),
        )
      : found
  return layouts.map(layout => {
    const kafkaName = options.prefix + layout.name
    const max = Number(after.get(kafkaName)?.config.get('max.message.bytes') ?? options.maxMessageBytes)
    return { ...layout, kafkaName, maxBatchBytes: Math.min(max, options.maxMessageBytes) }
  })
}

/** Topics of this prefix that exist already: a reader of the log need not say what they are. */
export async function knownTopics(admin: Admin, { prefix, maxMessageBytes }: TopicOptions): Promise<ProduceTopic[]> {
  const names = (await admin.listTopics()).filter(name => name.startsWith(prefix) && name.length > prefix.length)
  const found = await findTopics(admin, names)
  return [...found.values()].map(({ kafkaName, partitions, config }) => ({
    name: kafkaName.slice(prefix.length),
    kafkaName,
    partitions,
    cleanup: cleanupOf(config),
    retention: null,
    maxBatchBytes: Math.min(maxMessageBytes, Number(config.get('max.message.bytes') ?? maxMessageBytes)),
  }))
}

const THERE_TRIES = 100
const THERE_MS = 50

/** What is new is known to the other brokers, and served by its leaders, some milliseconds later. */
async function untilThere(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  for (let tries = 0; tries < THERE_TRIES && !(await areThere(admin, topics)); tries++) await delay(THERE_MS)
}

async function areThere(admin: Admin, topics: readonly WantedTopic[]): Promise<boolean> {
  const wantedCount = new Map(topics.map(topic => [topic.kafkaName, topic.partitions]))
  try {
    const { topics: now } = await admin.fetchTopicMetadata({ topics: [...wantedCount.keys()] })
    return now.every(
      ({ name, partitions }) =>
        partitions.length >= wantedCount.get(name)! && partitions.every(({ leader }) => leader >= 0),
    )
  } catch (error) {
    if (reasonOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return false
    throw error
  }
}

/** Adds partitions, up to the count of each. Resolves when they have leaders. */
export async function growTopics(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  const topicPartitions = topics.map(({ kafkaName, partitions }) => ({ topic: kafkaName, count: partitions }))
  await admin.createPartitions({ topicPartitions })
  await untilThere(admin, topics)
}

/** Also when some exist already. Resolves when they have leaders. */
export async function createTopics(admin: Admin, topics: readonly WantedTopic[]): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false, // kafkajs asks a broker that may not know of them yet, and throws
    topics: topics.map(
      ({ kafkaName, partitions, replication, config }): ITopicConfig => ({
        topic: kafkaName,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }),
    ),
  })
  await untilThere(admin, topics)
}

function layoutOf(spec: TopicSpec, found: FoundTopic | undefined): TopicLayout | undefined {
  if (found === undefined) return undefined
  return { name: spec.name, partitions: found.partitions, cleanup: cleanupOf(found.config), retention: spec.retention }
}

function cleanupOf(config: ReadonlyMap<string, string>): TopicLayout['cleanup'] {
  return config.get('cleanup.policy') === 'compact' ? 'compact' : 'delete'
}

function whatIsMissing(topics: readonly WantedTopic[], found: ReadonlyMap<string, FoundTopic>): string {
  const parts = topics.map(({ kafkaName, partitions }) => {
    const there = found.get(kafkaName)
    return there === undefined
      ? `${kafkaName} is missing`
      : `${kafkaName} has ${there.partitions} partitions, not ${partitions}`
  })
  return `Kafka topics are not as configured (${parts.join(', ')}): 'tapwire topics plan' says what to do`
}

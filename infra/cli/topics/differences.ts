/** What of a cluster is not as the one table (schemas/avro/topics.ts) and the configuration want it. */
import type { ClusterState } from '#infra/bus/kafka/topic-admin.ts'
import { type FoundTopic, minInSync, type WantedTopic } from '#infra/bus/kafka/topics.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import type { RootConfig } from '#schemas/config/root.ts'
import { tooShort } from '../run/worst-replay.ts'
import { counted } from './counted.ts'
import { SETTINGS } from './settings.ts'

/** `apply` creates, sets and registers; it adds partitions only when told to (`grow`); the rest is for people. */
export type Mend = 'create' | 'set' | 'register' | 'grow' | 'by-hand'

export interface Difference {
  /** Its name in Kafka; null: the cluster as a whole. */
  readonly topic: string | null
  /** `topic`, `partitions`, `replication`, `schema`, or the name of a setting. */
  readonly what: string
  /** Null: the topic is not there. */
  readonly have: string | null
  readonly want: string
  readonly why: string
  readonly mend: Mend
}

export function differencesOf(
  wanted: readonly WantedTopic[],
  { brokers, topics }: ClusterState,
  checkpoint: RootConfig['checkpoint'],
): readonly Difference[] {
  return [
    ...ofCluster(wanted, brokers.length),
    ...wanted.flatMap(topic => {
      const found = topics.get(topic.kafkaName)
      if (found === undefined) return [missing(topic)]
      return [...ofPartitions(topic, found), ...ofReplication(topic, found), ...ofSettings(topic, found, checkpoint)]
    }),
  ]
}

/** Copies that survive a broker, where there are brokers for them. */
function ofCluster(wanted: readonly WantedTopic[], brokers: number): Difference[] {
  const configured = wanted[0]?.replication ?? 1
  if (configured > 1 || brokers === 1) return []
  const why = `the cluster has ${brokers} brokers, and every record is on one of them only: leave log.replication out`
  return [{ topic: null, what: 'log.replication', have: '1', want: String(Math.min(3, brokers)), why, mend: 'by-hand' }]
}

function missing({ kafkaName, partitions, replication, config }: WantedTopic): Difference {
  const settings = Object.entries(config).map(([name, value]) => `${name}=${value}`)
  const want = `${counted(partitions, 'partition')}, ${replication === 1 ? '1 copy' : `${replication} copies`}, ${settings.join(', ')}`
  return { topic: kafkaName, what: 'topic', have: null, want, why: 'it is not there', mend: 'create' }
}

const TOGETHER =
  '; segments and the state of every stage need the same number: the state of a connection lies in the partition of its segments'

function ofPartitions({ name, kafkaName, partitions }: WantedTopic, found: FoundTopic): Difference[] {
  if (found.partitions === partitions) return []
  const together = name === TOPICS.segments.name || name.endsWith('.state') ? TOGETHER : ''
  const both = { topic: kafkaName, what: 'partitions', have: String(found.partitions), want: String(partitions) }
  if (found.partitions < partitions) return [{ ...both, why: `as configured${together}`, mend: 'grow' }]
  const why = `Kafka takes no partition away: set log.partitions to what segments has${together}`
  return [{ ...both, why, mend: 'by-hand' }]
}

function ofReplication({ kafkaName, replication }: WantedTopic, found: FoundTopic): Difference[] {
  if (found.replication >= replication) return []
  const both = { topic: kafkaName, what: 'replication', have: String(found.replication), want: String(replication) }
  const why =
    'copies are made with kafka-reassign-partitions.sh (--reassignment FILE writes what it wants); apply once more afterwards'
  return [{ ...both, why, mend: 'by-hand' }]
}

function ofSettings(
  { name: topic, kafkaName, config }: WantedTopic,
  found: FoundTopic,
  checkpoint: RootConfig['checkpoint'],
): Difference[] {
  const differences: Difference[] = []
  for (const [name, configured] of Object.entries(config)) {
    const rule = SETTINGS.get(name)!
    const inSync = name === 'min.insync.replicas'
    // More than there are copies, and nothing could be written: what holds is how many there are, not how many there should be.
    const want = inSync ? String(minInSync(found.replication)) : configured
    const have = found.config.get(name) ?? 'unknown'
    const both = { topic: kafkaName, what: name, have, want, mend: 'set' } as const
    if (inSync && Number(have) > Math.max(1, found.replication - 1)) {
      const why = `of ${found.replication} copies: as soon as one broker is away nothing can be written`
      differences.push({ ...both, why })
    } else if (!rule.fits(have, want)) {
      const replay = topic === TOPICS.segments.name ? replayLost(name, Number(have), checkpoint) : null
      differences.push({ ...both, why: replay ?? rule.why })
    }
  }
  return differences
}

/** Why what the cluster keeps of `segments` now is too little; null when it is not, or for other settings. */
function replayLost(setting: string, have: number, checkpoint: RootConfig['checkpoint']): string | null {
  if (setting === 'retention.ms') return tooShort({ ms: have, bytes: -1 }, checkpoint)
  return setting === 'retention.bytes' ? tooShort({ ms: -1, bytes: have }, checkpoint) : null
}

import type { TopicLayout } from '#infra/bus/layout.ts'
import type { Raw } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { partitionOf } from '#schemas/records/partition.ts'

/** The records of one transaction for one partition, in the order they were given. */
export interface Routed<Topic extends TopicLayout> {
  readonly topic: Topic
  readonly partition: number
  readonly records: readonly Raw[]
}

/**
 * Sorts records by topic and partition, each partition's records in the order given. Everything that can be wrong with
 * a record is found here, before anything is written: an unknown topic or partition is a bug of the caller, a compacted
 * record without a key is `Refused`.
 */
export function route<Topic extends TopicLayout>(
  records: readonly Raw[],
  topicOf: (name: string) => Topic,
): readonly Routed<Topic>[] {
  const routes: { topic: Topic; partition: number; records: Raw[] }[] = []
  const byTopic = new Map<string, Map<number, Raw[]>>()
  for (const record of records) {
    const topic = topicOf(record.topic)
    const partition = record.partition ?? partitionOf(record.key, topic.partitions)
    if (!(partition >= 0 && partition < topic.partitions)) {
      throw new Error(`topic ${topic.name} has partitions 0 to ${topic.partitions - 1}, not ${partition}`)
    }
    if (topic.cleanup === 'compact' && record.key === null) {
      throw new Refused('no-key', `topic ${topic.name} is compacted: a record needs a key`)
    }
    let byPartition = byTopic.get(topic.name)
    if (byPartition === undefined) byTopic.set(topic.name, (byPartition = new Map()))
    const there = byPartition.get(partition)
    if (there !== undefined) {
      there.push(record)
      continue
    }
    const first = [record]
    byPartition.set(partition, first)
    routes.push({ topic, partition, records: first })
  }
  return routes
}

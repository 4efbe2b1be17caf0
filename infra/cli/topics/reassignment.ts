/** The file that kafka-reassign-partitions.sh takes: more copies, the ones that exist stay where they are. */
import type { FoundTopic, WantedTopic } from '#infra/bus/kafka/topics.ts'

interface Reassignment {
  readonly version: 1
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly replicas: number[] }[]
}

/** `brokers`: all node ids. New copies go around, so that no broker gets all of them. */
export function reassignmentOf(
  wanted: readonly WantedTopic[],
  found: ReadonlyMap<string, FoundTopic>,
  brokers: readonly number[],
): Reassignment {
  let turn = 0
  const partitions = wanted.flatMap(({ kafkaName, replication }) => {
    const topic = found.get(kafkaName)
    if (topic === undefined) return []
    return [...topic.replicas].flatMap(([partition, now]) => {
      if (now.length >= replication) return []
      const others = brokers.filter(id => !now.includes(id))
      const first = turn++
      const more = Math.min(replication - now.length, others.length)
      const added = Array.from({ length: more }, (_, i) => others[(first + i) % others.length]!)
      return [{ topic: kafkaName, partition, replicas: [...now, ...added] }]
    })
  })
  return { version: 1, partitions }
}

/** Splits a transaction into produce rounds: per round at most one batch per partition, none larger than its topic takes. */
import type { TopicLayout } from '#infra/bus/layout.ts'
import { route } from '#infra/bus/route.ts'
import type { Raw } from '#schemas/contracts/bus.ts'
import type { ProduceMessage, TopicPartitions } from './kafkajs.ts'
import { messagesOf, OVERHEAD } from './record.ts'

/** A topic of ours as Kafka has it. */
export interface ProduceTopic extends TopicLayout {
  readonly kafkaName: string
  /** `max.message.bytes`: the largest record batch. */
  readonly maxBatchBytes: number
}

export interface RoundPart {
  /** The topic's name in Kafka. */
  readonly topic: string
  readonly partition: number
  readonly messages: readonly ProduceMessage[]
}

export interface Rounds {
  readonly partitions: readonly TopicPartitions[]
  readonly rounds: readonly (readonly RoundPart[])[]
  /** Key and value bytes. */
  readonly bytes: number
}

const BATCH_HEADER = 61
/** Of a request. Brokers close the connection of one above their socket.request.max.bytes, 100 MiB unless set. */
const ROUND_BYTES = 64 * 1024 * 1024

/** One transaction's records for the partitions they go to. Throws `Refused('record-too-large')`, and as `route` does. */
export function rounds(records: readonly Raw[], topicOf: (name: string) => ProduceTopic): Rounds {
  const byTopic = new Map<string, number[]>()
  const result: RoundPart[][] = []
  const sizes: number[] = []
  let bytes = 0
  for (const { topic, partition, records: there } of route(records, topicOf)) {
    const { kafkaName, maxBatchBytes, cleanup } = topic
    const partitions = byTopic.get(kafkaName)
    if (partitions === undefined) byTopic.set(kafkaName, [partition])
    else partitions.push(partition)
    const room = maxBatchBytes - BATCH_HEADER
    let round = 0
    let size = 0
    let messages: ProduceMessage[] = []
    const flush = (): void => {
      if (messages.length === 0) return
      while ((sizes[round] ?? 0) > 0 && sizes[round]! + size > ROUND_BYTES) round++
      sizes[round] = (sizes[round] ?? 0) + size
      ;(result[round] ??= []).push({ topic: kafkaName, partition, messages })
      round++
      size = 0
      messages = []
    }
    for (const raw of there) {
      for (const message of messagesOf(raw, room - OVERHEAD, cleanup === 'compact')) {
        const length = (message.key?.length ?? 0) + (message.value?.length ?? 0)
        if (size + length + OVERHEAD > room) flush()
        messages.push(message)
        size += length + OVERHEAD
        bytes += length
      }
    }
    flush()
  }
  return { partitions: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })), rounds: result, bytes }
}

export function allPartitions(topics: Iterable<ProduceTopic>): TopicPartitions[] {
  return Array.from(topics, ({ kafkaName, partitions }) => ({
    topic: kafkaName,
    partitions: Array.from({ length: partitions }, (_, i) => i),
  }))
}

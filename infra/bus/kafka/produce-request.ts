/** Produce, version 7 (Kafka 2.1 and newer): batches that are encoded already, acknowledged by all replicas in sync. */
import { body, createErrorFromCode, type ProtocolRequest } from './kafkajs.ts'

const PRODUCE = 0
const VERSION = 7
const ALL_REPLICAS = -1

export interface ProducePart {
  /** Name in Kafka. */
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

export interface ProduceAnswer {
  readonly clientSideThrottleTime: number
  /** The first error of a partition, 0 when there is none. */
  readonly errorCode: number
}

/** One batch per partition at most. */
export function produceRequest(
  transactionalId: string,
  timeoutMs: number,
  parts: readonly ProducePart[],
): ProtocolRequest<ProduceAnswer> {
  return {
    request: {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: 'Produce',
      encode: async () => body(encode(transactionalId, timeoutMs, parts)),
    },
    response: {
      decode: async payload => decode(payload),
      parse: async answer => {
        if (answer.errorCode !== 0) throw createErrorFromCode(answer.errorCode)
        return answer
      },
    },
  }
}

function encode(transactionalId: string, timeoutMs: number, parts: readonly ProducePart[]): Buffer {
  const topics = Map.groupBy(parts, part => part.topic)
  const id = Buffer.from(transactionalId)
  let size = 2 + id.length + 2 + 4 + 4
  for (const [topic, partitions] of topics) {
    size += 2 + Buffer.byteLength(topic) + 4
    for (const { batch } of partitions) size += 8 + batch.length
  }
  const buffer = Buffer.allocUnsafeSlow(size)
  let at = buffer.writeInt16BE(id.length, 0)
  at += id.copy(buffer, at)
  at = buffer.writeInt16BE(ALL_REPLICAS, at)
  at = buffer.writeInt32BE(timeoutMs, at)
  at = buffer.writeInt32BE(topics.size, at)
  for (const [topic, partitions] of topics) {
    at = buffer.writeInt16BE(Buffer.byteLength(topic), at)
    at += buffer.write(topic, at)
    at = buffer.writeInt32BE(partitions.length, at)
    for (const { partition, batch } of partitions) {
      at = buffer.writeInt32BE(partition, at)
      at = buffer.writeInt32BE(batch.length, at)
      at += batch.copy(buffer, at)
    }
  }
  return buffer
}

/** Per partition: number:i32 error:i16 base offset:i64 append time:i64 log start:i64; the throttle time comes last. */
function decode(payload: Buffer): ProduceAnswer {
  let errorCode = 0
  let at = 4
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    at += 2 + payload.readInt16BE(at)
    let partitions = payload.readInt32BE(at)
    at += 4
    for (; partitions > 0; partitions--, at += 30) if (errorCode === 0) errorCode = payload.readInt16BE(at + 4)
  }
  return { clientSideThrottleTime: payload.readInt32BE(at), errorCode }
}

/**
 * Fetch, version 11 (Kafka 2.3 and newer), for one partition. Of our own because kafkajs decodes the answer's record batches at
 * once and in its way (see batches.ts); the bytes go through kafkajs' connections.
 */
import type { FetchOptions } from './fetch.ts'
import { body, createErrorFromCode, type ProtocolRequest } from './kafkajs.ts'

const FETCH = 1
const VERSION = 11
export const OFFSET_OUT_OF_RANGE = 1

export interface FetchAnswer {
  readonly clientSideThrottleTime: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStable: number
  readonly logStart: number
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]
  readonly records: Buffer
}

export function fetchRequest(
  topic: string,
  partition: number,
  from: number,
  { maxBytes, maxWaitMs, committed }: FetchOptions,
): ProtocolRequest<FetchAnswer> {
  return {
    request: {
      apiKey: FETCH,
      apiVersion: VERSION,
      apiName: 'Fetch',
      encode: async () => body(encode(topic, partition, from, maxBytes, Math.ceil(maxWaitMs), committed)),
    },
    response: { decode: async payload => decode(payload), parse: async answer => checked(answer) },
  }
}

function encode(
  topic: string,
  partition: number,
  from: number,
  maxBytes: number,
  maxWaitMs: number,
  committed: boolean,
): Buffer {
  const name = Buffer.from(topic)
  const buffer = Buffer.alloc(73 + name.length)
  let at = buffer.writeInt32BE(-1, 0) // replica id: a client
  at = buffer.writeInt32BE(maxWaitMs, at)
  at = buffer.writeInt32BE(1, at) // least bytes
  at = buffer.writeInt32BE(maxBytes, at)
  at = buffer.writeInt8(committed ? 1 : 0, at)
  at = buffer.writeInt32BE(0, at) // no fetch session
  at = buffer.writeInt32BE(-1, at)
  at = buffer.writeInt32BE(1, at) // one topic
  at = buffer.writeInt16BE(name.length, at)
  at += name.copy(buffer, at)
  at = buffer.writeInt32BE(1, at) // one partition
  at = buffer.writeInt32BE(partition, at)
  at = buffer.writeInt32BE(-1, at) // leader epoch: not known
  at = buffer.writeBigInt64BE(BigInt(from), at)
  at = buffer.writeBigInt64BE(-1n, at) // log start: for followers
  at = buffer.writeInt32BE(maxBytes, at)
  at = buffer.writeInt32BE(0, at) // nothing to forget
  buffer.writeInt16BE(0, at) // no rack
  return buffer
}

function decode(payload: Buffer): FetchAnswer {
  const clientSideThrottleTime = payload.readInt32BE(0)
  const topError = payload.readInt16BE(4)
  let at = 10 // throttle, error, session
  const none = { highWatermark: -1, lastStable: -1, logStart: -1, aborted: [], records: Buffer.alloc(0) }
  if (payload.readInt32BE(at) === 0) return { clientSideThrottleTime, errorCode: topError, ...none }
  at += 4
  at += 2 + payload.readInt16BE(at) // the topic's name
  at += 8 // one partition: count and number
  const errorCode = payload.readInt16BE(at)
  const highWatermark = Number(payload.readBigInt64BE(at + 2))
  const lastStable = Number(payload.readBigInt64BE(at + 10))
  const logStart = Number(payload.readBigInt64BE(at + 18))
  at += 26
  const aborted: { producerId: number; firstOffset: number }[] = []
  const count = payload.readInt32BE(at) // -1: none
  at += 4
  for (let i = 0; i < count; i++, at += 16) {
    aborted.push({
      producerId: Number(payload.readBigInt64BE(at)),
      firstOffset: Number(payload.readBigInt64BE(at + 8)),
    })
  }
  at += 4 // preferred replica
  const length = Math.max(0, payload.readInt32BE(at))
  const records = payload.subarray(at + 4, at + 4 + length)
  return { clientSideThrottleTime, errorCode, highWatermark, lastStable, logStart, aborted, records }
}

function checked(answer: FetchAnswer): FetchAnswer {
  if (answer.errorCode !== 0 && answer.errorCode !== OFFSET_OUT_OF_RANGE) throw createErrorFromCode(answer.errorCode)
  return answer
}

/**
 * IncrementalAlterConfigs, version 0 (Kafka 2.3 and newer): changes single settings of topics and leaves all others alone. Of our
 * own because kafkajs has AlterConfigs only, which takes back every setting that is not in the request: what an operator sets
 * between our reading and our writing would be lost.
 *
 *   request  := [resource] validateOnly:bool         resource := type:i8 name:string [name:string operation:i8 value:string]
 *   response := throttle:i32 [errorCode:i16 errorMessage:string? type:i8 name:string]
 */
import { Refused } from '#schemas/contracts/errors.ts'
import { reasonOf } from './errors.ts'
import { body, createErrorFromCode, type ProtocolRequest } from './kafkajs.ts'

const INCREMENTAL_ALTER_CONFIGS = 44
const VERSION = 0
const TOPIC = 2
const SET = 0

/** Settings to give to a topic (its name in Kafka). */
export interface TopicSettings {
  readonly topic: string
  readonly settings: ReadonlyMap<string, string>
}

interface Outcome {
  readonly code: number
  readonly message: string | null
  readonly topic: string
}

export interface AlterAnswer {
  /** kafkajs honours the broker's throttling by it. */
  readonly clientSideThrottleTime: number
  readonly outcomes: readonly Outcome[]
}

export function incrementalAlterRequest(topics: readonly TopicSettings[]): ProtocolRequest<AlterAnswer> {
  return {
    request: {
      apiKey: INCREMENTAL_ALTER_CONFIGS,
      apiVersion: VERSION,
      apiName: 'IncrementalAlterConfigs',
      encode: async () => body(encode(topics)),
    },
    response: { decode: async payload => decode(payload), parse: async answer => checked(answer) },
  }
}

function encode(topics: readonly TopicSettings[]): Buffer {
  const parts = [int32(topics.length)]
  for (const { topic, settings } of topics) {
    parts.push(Buffer.of(TOPIC), string(topic), int32(settings.size))
    for (const [name, value] of settings) parts.push(string(name), Buffer.of(SET), string(value))
  }
  parts.push(Buffer.of(0)) // not only to validate
  return Buffer.concat(parts)
}

function decode(payload: Buffer): AlterAnswer {
  const clientSideThrottleTime = payload.readInt32BE(0)
  const count = payload.readInt32BE(4)
  const outcomes: Outcome[] = []
  let at = 8
  const text = (): string | null => {
    const length = payload.readInt16BE(at)
    at += 2
    if (length < 0) return null
    at += length
    return payload.toString('utf8', at - length, at)
  }
  for (let i = 0; i < count; i++) {
    const code = payload.readInt16BE(at)
    at += 2
    const message = text()
    at++ // type: asked for topics only
    outcomes.push({ code, message, topic: text() ?? '' })
  }
  return { clientSideThrottleTime, outcomes }
}

/** Throws for the first topic that was not changed, naming it: others may have been. */
function checked(answer: AlterAnswer): AlterAnswer {
  const failed = answer.outcomes.find(({ code }) => code !== 0)
  if (failed === undefined) return answer
  const cause = createErrorFromCode(failed.code)
  throw new Refused(`kafka.${reasonOf(cause)}`, `settings of ${failed.topic}: ${failed.message ?? cause.message}`, {
    cause,
  })
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.allocUnsafe(2)
  length.writeInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

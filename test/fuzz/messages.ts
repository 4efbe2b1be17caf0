/**
 * Fuzz target: any bytes as what an ingest server is sent. Either they are refused, by name, or they are messages: each comes
 * back the same through its own encoding, and the stage makes of each of them exactly one exchange or a duplicate, with every
 * byte accounted for. What a log holds that is no message makes no stage throw either.
 */
import assert from 'node:assert/strict'
import { Decoder } from '@msgpack/msgpack'
import type { AnyProcessor } from '#infra/cli/components.ts'
import { chainFactory, eachSegment } from '#infra/cli/pipeline.ts'
import messagesStage from '#processors/messages/index.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { checkMessage, encodeMessage, type MessageLimits, messages } from '#schemas/message/message.ts'
import { MessageSegmenter } from '#schemas/message/segmenter.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { Segment } from '#schemas/records/segment.ts'

const LIMITS: MessageLimits = { bytes: 32_768, text: 16_384, values: 2000 }
const REASONS = ['message-malformed', 'message-too-large', 'message-version']
const OUTPUTS = ['decoded', 'anomalies']

const stage = { processors: new Map([['messages', messagesStage as AnyProcessor]]), parts: new Map() }
const open = chainFactory(stage, { messages: { headers: 8, body: { keep: 100 } } }, OUTPUTS)
const options = { sensor: 's', capture: 'envoy', source: 'x', partitions: 1, flowHashKey: new Uint8Array(8) }
const oracle = new Decoder()

export default function target(data: Uint8Array): void {
  const taken: { readonly half: MessageHalf; readonly bytes: Uint8Array }[] = []
  try {
    for (const bytes of messages(data, LIMITS)) taken.push({ half: checked(bytes), bytes })
  } catch (error) {
    assert.ok(error instanceof Refused && REASONS.includes(error.reason), String(error))
  }
  assert.ok(taken.reduce((sum, { bytes }) => sum + bytes.length, 0) <= data.length)

  const emitted = new Map(OUTPUTS.map(topic => [topic, 0]))
  const chain = open(topic => void emitted.set(topic, emitted.get(topic)! + 1))
  const segmenter = new MessageSegmenter({ ...options, batchBytes: 4096, time: 0, number: 0 })
  for (const { half, bytes } of taken) segmenter.message(half, bytes, 1e15)
  // The same bytes under the name of a good message.
  segmenter.message(requestHalf(), data, 1e15)
  segmenter.end()
  const cursor = new Segment()
  for (const { batch } of segmenter.take()) eachSegment(batch, cursor, chain, (one, time) => chain.process(one, time))
  assert.equal(chain.ledger.pending, 0)
  const ids = new Set(taken.map(({ half }) => half.id))
  assert.ok(emitted.get('decoded')! >= ids.size && emitted.get('decoded')! <= taken.length + 1)
}

function checked(bytes: Uint8Array): MessageHalf {
  const { half, unknown } = checkMessage(bytes, LIMITS)
  assert.deepEqual(checkMessage(encodeMessage(half)), { half, unknown: [] })
  const decoded = oracle.decode(bytes) as Record<string, unknown>
  assert.equal(decoded['id'], half.id)
  assert.deepEqual(Uint8Array.from(decoded['body'] as Uint8Array), half.body)
  assert.equal(
    unknown.every(key => key in decoded || /[^\0-\x7f]/.test(key)),
    true,
  )
  return half
}

export const dictionary: readonly string[] = [
  '\x82',
  '\x92',
  '\xa1v\x01',
  '\xa2id\xb4',
  '\xa4half\xa7request',
  '\xa4half\xa8response',
  '\xa4body\xc4\x01x',
  '\xa7headers\x91\x92\xa1a\xa1b',
  '\xa3tls\xc0',
  '\xa8bodyBytes\x05',
  '\xa6status\xcc\xc8',
  '\xa9__proto__\xc0',
  '\xc6\xff\xff\xff\xff',
  '\xdc\xff\xff',
  '\xdd\xff\xff\xff\xff',
  '\xdf\xff\xff\xff\xff',
  '\xcb\x7f\xf8\0\0\0\0\0\0',
  '\xc1',
  '\xd4\0\0',
]

export function seeds(): readonly Uint8Array[] {
  const request = encodeMessage(requestHalf())
  const response = encodeMessage(responseHalf())
  const bare = { headers: [], trailers: [], body: new Uint8Array(0), bodyBytes: 0, tls: null, redacted: [] }
  const small = encodeMessage(requestHalf({ ...bare, route: null, cluster: null, virtualHost: null, node: null }))
  return [request, response, small, Buffer.concat([request, response]), Buffer.concat([small, small, response])]
}

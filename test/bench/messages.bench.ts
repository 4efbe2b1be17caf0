/**
 * The messages stage, segments to exchange records, against the least that could do it: a loop that decodes the same
 * MessagePack with the same library and joins the halves in a Map, with neither check nor limit nor record.
 *
 *   node test/bench/messages.bench.ts
 */
import { Decoder } from '@msgpack/msgpack'
import { Chain } from '#infra/runtime/chain.ts'
import messages from '#processors/messages/index.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import { boundsOf } from '#schemas/message/bounds.ts'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { checkMessage, encodeMessage, MESSAGE_LIMITS } from '#schemas/message/message.ts'
import { MessageSegmenter } from '#schemas/message/segmenter.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'

const EXCHANGES = 20_000
const PER_BATCH = 200
const ROUNDS = 8
const START = 1_795_253_435_043_374

const body = new TextEncoder().encode('x'.repeat(1000))
const fields = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, i) => [`x-header-number-${i}`, `some value of ordinary length ${i}`])

/** Ten request and eight response headers, a response body of 1 kB; the next request comes before the response. */
const halves: MessageHalf[] = []
for (let i = 0; i < EXCHANGES; i++) {
  const id = `message-${String(i).padStart(14, '0')}`
  const time = START + i * 20
  const path = `/api/v1/items/${i % 5000}?page=${i % 40}&sort=price`
  const none = new Uint8Array(0)
  halves.splice(
    Math.max(0, halves.length - 1),
    0,
    requestHalf({ id, path, method: 'GET', start: time, end: time, headers: fields(10), body: none, bodyBytes: 0 }),
  )
  const headers = fields(8)
  halves.push(responseHalf({ id, start: time, end: time + 15, headers, trailers: [], body, bodyBytes: body.length }))
}
const encoded = halves.map(encodeMessage)

const batches: SegmentBatch[] = []
const segmenter = new MessageSegmenter({
  sensor: 'bench',
  capture: 'envoy',
  source: 'envoy',
  partitions: 1,
  flowHashKey: new Uint8Array(16),
  batchBytes: 1024 * 1024,
  time: 0,
  number: 0,
})
for (const [i, half] of halves.entries()) {
  segmenter.message(half, encoded[i]!, Math.ceil(half.end))
  if (i % PER_BATCH !== PER_BATCH - 1) continue
  for (const { batch } of segmenter.take()) batches.push({ ...batch, frame: batch.frame.slice() })
}

function stage(): number {
  let exchanges = 0
  const processor = messages.create(messages.config.parse({})) as Processor<unknown, unknown>
  const spec = { name: 'messages', input: 'segments', outputs: ['decoded', 'anomalies'], processor }
  const chain = new Chain([spec], new Set(['decoded']), () => exchanges++)
  const cursor = new Segment()
  for (const batch of batches) {
    cursor.reset(batch)
    while (cursor.next()) chain.process(cursor, cursor.time)
  }
  return exchanges
}

const decoder = new Decoder()

function plain(): number {
  let exchanges = 0
  const waiting = new Map<string, unknown>()
  const cursor = new Segment()
  for (const batch of batches) {
    cursor.reset(batch)
    while (cursor.next()) {
      if (cursor.length === 0) continue
      const half = decoder.decode(cursor.payload) as { readonly id: string }
      if (waiting.delete(half.id)) exchanges++
      else waiting.set(half.id, half)
    }
  }
  return exchanges
}

function checked(): number {
  let count = 0
  for (const bytes of encoded) if (checkMessage(bytes).unknown.length === 0) count++
  return count / 2
}

function bounded(): number {
  let count = 0
  for (const bytes of encoded) if (boundsOf(bytes, 0, MESSAGE_LIMITS).ascii) count++
  return count / 2
}

const size = encoded.reduce((sum, { length }) => sum + length, 0) / EXCHANGES
process.stdout.write(`  ${size.toFixed(0)} bytes of messages per exchange\n`)
const best = new Map<string, number>()
const ways = {
  'plain decode and join': plain,
  'bounds alone': bounded,
  'checkMessage alone': checked,
  'messages stage': stage,
}
// In turn: what else the machine does falls on all of them.
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(ways)) {
    const start = process.cpuUsage()
    const exchanges = run()
    const { user, system } = process.cpuUsage(start)
    if (exchanges !== EXCHANGES) throw new Error(`${name} made ${exchanges} of ${EXCHANGES}`)
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, ((user + system) * 1000) / EXCHANGES))
  }
}
for (const [name, ns] of best) {
  const rate = Math.round(1e9 / ns).toLocaleString('en')
  process.stdout.write(`  ${name.padEnd(24)} ${ns.toFixed(0).padStart(6)} ns per exchange, ${rate} a second\n`)
}
const ratio = best.get('messages stage')! / best.get('plain decode and join')!
process.stdout.write(`  stage to plain loop      ${ratio.toFixed(2)}\n`)

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { messageIdOf } from './id.ts'
import { requestHalf, responseHalf } from './message.test-support.ts'
import { encodeMessage } from './message.ts'
import { MessageSegmenter } from './segmenter.ts'

const SECOND = 1_000_000

function segmenter(sensor = 'one', partitions = 4, time = 0): MessageSegmenter {
  const flowHashKey = Uint8Array.from({ length: 16 }, (_, i) => i)
  const options = { sensor, capture: 'envoy', source: 'ingest', partitions, flowHashKey, batchBytes: 1024 }
  return new MessageSegmenter({ ...options, time, number: 0 })
}

interface Seen {
  readonly partition: number
  readonly kind: number
  readonly dir: number
  readonly time: number
  readonly key: number
  readonly packet: number
  readonly id: string | null
  readonly ends: readonly string[]
}

function seen(from: MessageSegmenter): readonly Seen[] {
  return from.take().flatMap(({ partition, batch }) => {
    checkFrame(batch.frame, batch.count)
    const cursor = new Segment().reset(batch)
    const found: Seen[] = []
    while (cursor.next()) {
      const { kind, dir, time, key, packet } = cursor
      const ends = kind === KIND.message ? [cursor.identity().a, cursor.identity().b] : []
      const id = messageIdOf(cursor)
      found.push({ partition, kind, dir, time, key, packet, id, ends: ends.map(({ ip, port }) => `${ip} ${port}`) })
    }
    return found
  })
}

const messagesOf = (from: MessageSegmenter): readonly Seen[] => seen(from).filter(({ kind }) => kind === KIND.message)

test('both halves go to one partition, whichever sensor takes them, and ids spread over all', () => {
  const [one, two] = [segmenter('one'), segmenter('two')]
  const random = mulberry32(3)
  for (let n = 0; n < 200; n++) {
    const id = `message-${Math.floor(random() * 1e12)}-${n}`
    one.message(requestHalf({ id }), encodeMessage(requestHalf({ id })), SECOND)
    two.message(responseHalf({ id }), encodeMessage(responseHalf({ id })), SECOND)
  }
  const requests = new Map(messagesOf(one).map(each => [each.id, each]))
  for (const { id, key, partition, dir } of messagesOf(two)) {
    const request = requests.get(id)!
    assert.deepEqual([key, partition, dir, request.dir], [request.key, request.partition, 1, 0])
  }
  const partitions = [...requests.values()].map(({ partition }) => partition)
  for (const p of [0, 1, 2, 3]) assert.ok(partitions.filter(each => each === p).length > 30, `partition ${p}`)
})

test('identities are canonical: the lower address first, two families as IPv6, none as zeros', () => {
  const cases = [
    ['203.0.113.7', '10.0.0.2', ['10.0.0.2 2', '203.0.113.7 1']],
    ['10.0.0.2', '10.0.0.2', ['10.0.0.2 1', '10.0.0.2 2']],
    ['::ffff:10.0.0.9', '10.0.0.2', ['10.0.0.2 2', '10.0.0.9 1']],
    ['2001:db8::1', '10.0.0.2', ['::ffff:10.0.0.2 2', '2001:db8::1 1']],
    ['', '10.0.0.2', ['0.0.0.0 0', '10.0.0.2 2']],
  ] as const
  for (const [source, local, ends] of cases) {
    const half = requestHalf({ source: { ip: source, port: source === '' ? 0 : 1 }, local: { ip: local, port: 2 } })
    const from = segmenter()
    from.message(half, encodeMessage(half), SECOND)
    assert.deepEqual(messagesOf(from)[0]!.ends, ends)
  }
})

test('a second of time ticks in every partition, before the first message in it', () => {
  const from = segmenter('one', 2, 5 * SECOND)
  const half = requestHalf()
  const add = (time: number): void => from.message(half, encodeMessage(half), time)
  add(5.5 * SECOND)
  add(6.2 * SECOND)
  add(6.9 * SECOND)
  from.tick(9 * SECOND)
  from.end()
  const told = seen(from)
  const own = told.find(({ kind }) => kind === KIND.message)!.partition
  const kinds = (partition: number) => told.filter(each => each.partition === partition).map(({ kind }) => kind)
  const { message, tick, end } = KIND
  assert.deepEqual(kinds(own), [message, tick, message, message, tick, end])
  assert.deepEqual(kinds(1 - own), [tick, tick, end])
  assert.deepEqual(
    told.filter(({ kind }) => kind === tick).map(({ time }) => time / SECOND),
    [6, 9, 6, 9],
  )
  assert.equal(from.number, 3)
})

test('what the filter cut off is captured and capped, what was left out has its fate', () => {
  const from = segmenter('one', 1)
  const half = requestHalf({ bodyBytes: 1000 })
  const bytes = encodeMessage(half)
  from.message(half, bytes, SECOND)
  from.leave('damaged', 5)
  const ledger = new Ledger()
  for (const { batch } of from.take()) ledger.merge(batch.ledger)
  assert.equal(ledger.get('captured'), bytes.length + 993 + 5)
  assert.equal(ledger.get('cap'), 993)
  assert.equal(ledger.get('damaged'), 5)
  assert.equal(ledger.pending, bytes.length)
  assert.deepEqual(from.take(), [])
})

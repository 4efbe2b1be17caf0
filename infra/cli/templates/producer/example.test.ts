import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { Producer, ProducerHost } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'
import spec from './index.ts'

const HOST: ProducerHost = {
  sensor: 'test',
  partitions: 2,
  flowHashKey: new Uint8Array(16),
  position: null,
  batchBytes: 1024 ** 2,
  directory: join(import.meta.dirname, 'testdata'),
  wire: WIRE_DEFAULTS,
  stdin: process.stdin,
}
const { signal } = new AbortController()

function open(path: string, host: Partial<ProducerHost> = {}): Promise<Producer> {
  return spec.open(spec.config.parse({ path }), { ...HOST, ...host })
}

/** `<packet> <payload>` of every segment, the ledger of all batches, and how many ends there were. */
async function drain(producer: Producer) {
  const ledger = new Ledger()
  const seen: string[] = []
  let ends = 0
  const cursor = new Segment()
  for (let captured = await producer.read(signal); captured !== null; captured = await producer.read(signal)) {
    for (const { batch } of captured.batches) {
      ledger.merge(batch.ledger)
      for (cursor.reset(batch); cursor.next(); ) {
        if (cursor.kind === KIND.packet) seen.push(`${cursor.packet} ${Buffer.from(cursor.payload).toString('latin1')}`)
        else if (cursor.kind === KIND.end) ends++
        ledger.add('inspected', cursor.length)
      }
    }
  }
  return { ledger, seen, ends }
}

test('frames become segments, every byte has a fate, and every partition has an end', async () => {
  await using producer = await open('frames.txt')
  const { ledger, seen, ends } = await drain(producer)
  assert.deepEqual(seen, ['2 GET / HTTP/1.1\r\n\r\n', '3 HTTP/1.1 204 No Content\r\n\r\n'])
  assert.equal(ledger.pending, 0)
  assert.equal(ledger.get('unsupported'), 60, 'the ARP frame')
  assert.equal(ends, HOST.partitions)
})

test('from any stored position it goes on with the next line', async () => {
  const seen: string[] = []
  let position: unknown = null
  for (let restarts = 0; restarts < 10; restarts++) {
    await using producer = await open('frames.txt', { position, batchBytes: 1 })
    const captured = await producer.read(signal)
    if (captured === null) break
    position = captured.position
    const cursor = new Segment()
    for (const { batch } of captured.batches) {
      for (cursor.reset(batch); cursor.next(); ) if (cursor.kind === KIND.packet) seen.push(String(cursor.packet))
    }
  }
  assert.deepEqual(seen, ['2', '3'])
})

test('a bad line ends the input with its place, after everything before it', async () => {
  await using producer = await open('bad-line.txt')
  const captured = await producer.read(signal)
  assert.ok(captured!.batches.some(({ batch }) => batch.ledger.captured === 60))
  await assert.rejects(producer.read(signal), (error: unknown) => {
    assert.ok(error instanceof Refused)
    assert.match(error.message, /^bad-line\.txt:2: expected a time/)
    return true
  })
})

test('a file that is missing or too long is refused', async () => {
  await assert.rejects(open('missing.txt'), /missing\.txt: cannot be read \(ENOENT\)/)
  const config = spec.config.parse({ path: 'frames.txt', limits: { fileBytes: 10 } })
  await assert.rejects(spec.open(config, HOST), /more than limits\.fileBytes \(10\)/)
})

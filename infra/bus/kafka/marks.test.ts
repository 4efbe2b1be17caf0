import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { dataBatch, emptied, marker } from '#test/kafka/batches.ts'
import { FakeKafka } from '#test/kafka/fake.ts'
import { decompress } from './compression.ts'
import { type Mark, Marks, markRecord, TRANSACTIONS } from './marks.ts'
import { messagesOf } from './record.ts'

const PATIENCE_MS = 20

function mark(serial: number): Mark {
  return { owner: 'o', serial, next: serial * 10, replayFrom: 0 }
}

async function said(producerId: number, id: string, serial: number): Promise<Buffer> {
  return dataBatch(0, producerId, messagesOf(markRecord(id, mark(serial), 1), 1000, true))
}

/** Marks of a log that a test writes batch by batch. */
function bench() {
  const kafka = new FakeKafka()
  const log = kafka.log(TRANSACTIONS, 0)
  const append = (bytes: Buffer): void => {
    const first = log.end
    const producerId = Number(bytes.readBigInt64BE(43))
    const control = (bytes.readInt16BE(21) & 0x20) !== 0
    bytes.writeBigInt64BE(BigInt(first), 0)
    log.end = first + bytes.readInt32BE(23) + 1
    log.batches.push({ first, last: log.end - 1, producerId, bytes })
    if (control) log.open.delete(producerId)
    else if (!log.open.has(producerId)) log.open.set(producerId, first)
  }
  return { kafka, log, append, marks: new Marks(kafka.calls(), decompress, TRANSACTIONS) }
}

test('what was committed last counts, by id; what is open or was aborted does not', async () => {
  const { append, marks } = bench()
  const serials = async () => Object.fromEntries([...(await marks.read())].map(([id, { serial }]) => [id, serial]))
  append(await said(1, 'a', 1))
  assert.deepEqual(await serials(), {})
  append(await said(2, 'b', 1))
  append(marker(0, 1, 'commit'))
  assert.deepEqual(await serials(), { a: 1 })
  append(await said(1, 'a', 2))
  append(marker(0, 2, 'commit'))
  append(marker(0, 1, 'abort'))
  assert.deepEqual(await serials(), { a: 1, b: 1 })
  append(await said(1, 'a', 3))
  append(marker(0, 1, 'commit'))
  assert.deepEqual(await serials(), { a: 3, b: 1 })
})

test('a call does not take the answer of a reading that began before it', async () => {
  const { kafka, append } = bench()
  append(await said(1, 'a', 1))
  let late: Promise<ReadonlyMap<string, Mark>[]> | null = null
  const calls = kafka.calls((step, when) => {
    if (step !== 'Fetch' || when !== 'after' || late !== null) return
    append(marker(0, 1, 'commit')) // the first reading has got its answer
    late = Promise.all([marks.read(), marks.read()])
  })
  const marks = new Marks(calls, decompress, TRANSACTIONS)
  await marks.read()
  const serials = (await late!).map(found => found.get('a')?.serial)
  assert.deepEqual(serials, [1, 1])
})

test('settled waits for the ids that are asked for, not for others', async () => {
  const { append, marks } = bench()
  append(await said(1, 'a', 1))
  append(marker(0, 1, 'commit'))
  append(await said(2, 'b', 1))
  assert.equal((await marks.settled(['a'], 60_000)).get('a')?.serial, 1)
  const waiting = marks.settled(['b'], 60_000)
  await nextTurn()
  append(marker(0, 2, 'commit'))
  assert.equal((await waiting).get('b')?.serial, 1)
})

test('a transaction that stays open is waited for once', async () => {
  const { kafka, append } = bench()
  const looks: string[] = []
  const calls = kafka.calls((step, when) => void (when === 'before' && looks.push(step)))
  const marks = new Marks(calls, decompress, TRANSACTIONS)
  append(await said(1, 'a', 1))
  append(marker(0, 1, 'commit'))
  append(await said(1, 'a', 2))
  assert.equal((await marks.settled(['a'], PATIENCE_MS)).get('a')?.serial, 1)
  looks.length = 0
  assert.equal((await marks.settled(['a'], 3_600_000)).get('a')?.serial, 1)
  assert.deepEqual(looks, ['ListOffsets'])
  append(marker(0, 1, 'commit'))
  assert.equal((await marks.settled(['a'], 3_600_000)).get('a')?.serial, 2)
})

test('compaction may take a marker away between two readings: nothing is open for ever, nor taken for committed', async () => {
  const { append, log, marks } = bench()
  append(await said(1, 'a', 1))
  append(marker(0, 1, 'commit'))
  append(await said(1, 'a', 2))
  await marks.read()
  log.open.clear()
  // Its abort marker came and went: everything is decided, and there is no sign of how.
  assert.equal((await marks.settled(['a'], 3_600_000)).get('a')?.serial, 1)
  append(await said(2, 'b', 1))
  await marks.read()
  append(emptied(0, 2, 0, 'marker'))
  assert.equal((await marks.settled(['b'], 3_600_000)).get('b'), undefined)
})

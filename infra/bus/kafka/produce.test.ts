import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { test } from 'node:test'
import type { Raw } from '#schemas/contracts/bus.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { COMPRESSIONS, compress } from './compression.ts'
import { encodeBatch } from './encode-batch.ts'
import { type ProduceTopic, rounds } from './produce.ts'

const OF = { producerId: '1', producerEpoch: 0, firstSequence: 0, timestamp: 1_700_000_000_000 }
const MIB = 1024 * 1024

function topics(maxBatchBytes: number, partitions = 3): (name: string) => ProduceTopic {
  return name => ({
    name,
    kafkaName: `p.${name}`,
    partitions,
    cleanup: name === 'state' ? 'compact' : 'delete',
    retention: null,
    maxBatchBytes,
  })
}

test('no batch is larger than its topic takes, whatever the compression; the order is kept', async () => {
  for (let seed = 0; seed < 12; seed++) {
    const random = mulberry32(seed)
    const maxBatchBytes = 2000 + Math.floor(random() * 30_000)
    const records = Array.from({ length: 200 }, (_, i): Raw => {
      // Random bytes do not shrink: compressed they are a little longer.
      const value = randomFillSync(
        Buffer.alloc(random() < 0.1 ? Math.floor(random() * 80_000) : Math.floor(random() * 900)),
      )
      return { topic: random() < 0.5 ? 'a' : 'b', partition: i % 3, key: Buffer.from(`${i}`), value, time: i }
    })
    const work = rounds(records, topics(maxBatchBytes))
    for (const compression of Object.values(COMPRESSIONS)) {
      for (const { messages } of work.rounds.flat()) {
        const { length } = await encodeBatch(messages, { ...OF, compression, compress })
        assert.ok(length <= maxBatchBytes, `seed ${seed}: ${length} of ${maxBatchBytes}, compression ${compression}`)
      }
    }
    for (const round of work.rounds) {
      const names = round.map(({ topic, partition }) => `${topic}/${partition}`)
      assert.equal(new Set(names).size, names.length, `seed ${seed}: two batches of a partition in one round`)
    }
    for (const topic of ['a', 'b']) {
      for (const partition of [0, 1, 2]) {
        const here = work.rounds.flat().filter(part => part.topic === `p.${topic}` && part.partition === partition)
        const expected = records.filter(r => r.topic === topic && r.partition === partition)
        const sent = Buffer.concat(here.flatMap(part => part.messages.map(({ value }) => value!)))
        assert.ok(
          sent.equals(Buffer.concat(expected.map(({ value }) => value!))),
          `seed ${seed}: ${topic}/${partition}`,
        )
      }
    }
  }
})

test('a full batch that does not shrink is sent as it is', async () => {
  const value = randomFillSync(Buffer.alloc(4 * MIB))
  const { messages } = rounds([{ topic: 'a', partition: 0, key: null, value, time: 1 }], topics(4 * MIB)).rounds[0]![0]!
  for (const compression of Object.values(COMPRESSIONS)) {
    const { length } = await encodeBatch(messages, { ...OF, compression, compress })
    assert.ok(length <= 4 * MIB, `${length}, compression ${compression}`)
  }
})

test('a request stays below what brokers take at once, however many partitions have a full batch', () => {
  const value = Buffer.alloc(8 * MIB - 500)
  const records = Array.from(
    { length: 24 },
    (_, i): Raw => ({ topic: 'a', partition: i % 12, key: null, value, time: 1 }),
  )
  const work = rounds(records, topics(8 * MIB, 12))
  const sizes = work.rounds.map(round => round.reduce((sum, { messages }) => sum + messages[0]!.value!.length, 0))
  assert.ok(Math.max(...sizes) <= 64 * MIB, `${sizes}`)
  assert.equal(work.rounds.flat().length, 24)
  assert.equal(work.bytes, 24 * value.length)
})

test('what cannot be stored is refused before anything is sent', () => {
  const make = (change: Partial<Raw>) =>
    rounds([{ topic: 'a', key: null, value: null, time: 1, ...change }], topics(1000))
  const refused = { reason: 'record-too-large' }
  assert.throws(() => make({ topic: 'state', key: Buffer.from('k'), value: Buffer.alloc(1000) }), refused)
  assert.throws(() => make({ key: Buffer.alloc(600), value: Buffer.alloc(600) }), refused, 'a key leaves parts no room')
  assert.throws(() => make({ key: Buffer.alloc(1000) }), refused, 'a tombstone with a key that is too long')
  assert.equal(make({ value: Buffer.alloc(1000) }).rounds.length, 2)
  assert.deepEqual(rounds([], topics(1000)), { partitions: [], rounds: [], bytes: 0 })
})

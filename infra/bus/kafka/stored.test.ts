/** What real brokers store, recompress, compact and refuse. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Raw } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { brokers } from '#test/kafka/brokers.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { collect, eventually, hold, poll, raw, table, text, topicSpec, unit, values } from '#test/suites/bus/harness.ts'
import { openKafka } from './index.ts'

const MIB = 1024 * 1024

test('values of 8 and 40 MB through batches of 1 MiB, two writers at once, with every compression', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  for (const compression of ['none', 'zstd', 'gzip'] as const) {
    await using bus = await openKafka(optionsFor(kafka, { maxMessageBytes: MIB, compression }))
    await bus.ensure([topicSpec('large')])
    // Half of it does not shrink.
    const sizes = compression === 'none' ? [8 * MIB, 40 * MIB] : [3 * MIB]
    const large = sizes.map(size => Buffer.concat([randomBytes(size / 2), Buffer.alloc(size / 2, 'x')]))
    const writer = async (name: string): Promise<void> => {
      await using one = await bus.writer(name)
      for (const [i, value] of large.entries()) {
        await one.append([raw('large', `${name}${i}`, 'before'), { ...raw('large', name, null), value }])
      }
    }
    await Promise.all([writer('a'), writer('b')])
    const found = await collect(bus, 'large')
    for (const name of ['a', 'b']) {
      const mine = found.filter(({ key, value }) => text(key) === name && value !== null)
      assert.ok(
        mine.length === large.length && mine.every((r, i) => large[i]!.equals(r.value!)),
        `${name}, ${compression}`,
      )
    }
    assert.equal(found.length, 4 * large.length)
    assert.ok(found.every(({ offset }, i) => i === 0 || offset > found[i - 1]!.offset))
    await using held = await hold(bus, 'group', 'large', 1)
    const lease = held.leases[0]!
    const polled: number[] = []
    let next = 0
    while (polled.length < found.length) {
      const batch = await poll(lease, 100_000)
      polled.push(...batch.records.map(({ offset }) => offset))
      next = batch.next
    }
    assert.deepEqual(
      polled,
      found.map(({ offset }) => offset),
    )
    await lease.commit(unit(next))
  }
})

test('what a topic does not take is refused, and the lease goes on', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka, { maxMessageBytes: MIB })
  const admin = new kafkajs.Kafka({ brokers: [...kafka.bootstrap], logLevel: 0 }).admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  const small = async (name: string): Promise<void> => {
    const configEntries = [{ name: 'max.message.bytes', value: '20000' }]
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: options.prefix + name, configEntries }],
    })
  }
  await using bus = await openKafka(options)
  await bus.ensure([
    topicSpec('in'),
    topicSpec('out'),
    topicSpec('lowered'),
    topicSpec('state', { cleanup: 'compact' }),
  ])
  await bus.append([raw('in', null, 'a')])
  await using held = await hold(bus, 'group', 'in', 1)
  const lease = held.leases[0]!
  const { next } = await poll(lease)
  const value = randomBytes(2 * MIB)
  const tooLarge = { reason: 'record-too-large' }
  await assert.rejects(
    lease.commit(unit(next, [raw('out', null, 'x')], [{ ...raw('state', 'k', null), value }])),
    tooLarge,
  )
  assert.deepEqual(await values(bus, 'out'), [])
  await small('lowered')
  await small('out')
  const medium = randomBytes(100_000)
  await using later = await openKafka(options)
  await later.ensure([topicSpec('out')])
  await later.append([{ ...raw('out', null, null), value: medium }])
  assert.deepEqual(
    (await collect(later, 'out')).map(r => Buffer.from(r.value!)),
    [medium],
  )
  // This log knows the topics as they were, until a broker refuses.
  const both = [raw('out', null, 'y'), { ...raw('lowered', null, null), value: medium }]
  const last = unit(next, both, [raw('state', 'k', 'v')])
  await assert.rejects(lease.commit(last), { name: 'Retryable', reason: 'kafka.limits-changed' })
  await lease.commit(last)
  assert.equal((await collect(bus, 'out')).length, 2)
  assert.deepEqual(
    (await collect(bus, 'lowered')).map(r => Buffer.from(r.value!)),
    [medium],
  )
})

test("another producer's records, as each compression stores them", async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka)
  const client = new kafkajs.Kafka({ brokers: [...kafka.bootstrap], logLevel: 0 })
  const [admin, producer] = [
    client.admin(),
    client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner }),
  ]
  await Promise.all([admin.connect(), producer.connect()])
  t.after(() => Promise.all([admin.disconnect(), producer.disconnect()]))
  const codecs = ['uncompressed', 'gzip', 'zstd', 'lz4', 'snappy']
  await admin.createTopics({
    waitForLeaders: true,
    topics: codecs.map(codec => ({
      topic: options.prefix + codec,
      configEntries: [{ name: 'compression.type', value: codec }],
    })),
  })
  const messages = Array.from({ length: 50 }, (_, i) => ({
    key: `k${i}`,
    value: 'v'.repeat(i * 10),
    timestamp: '1700000000123',
  }))
  const sent = [...messages, { key: null, value: null, headers: { time: 'odd', part: 'odd' } }]
  for (const codec of codecs) await producer.send({ topic: options.prefix + codec, messages: sent, acks: -1 })
  await using bus = await openKafka(options)
  for (const codec of codecs.slice(0, 3)) {
    const found = await collect(bus, codec)
    const expected = messages.map(({ key, value }) => [key, value, 1_700_000_000_123_000])
    assert.deepEqual(
      found.slice(0, 50).map(r => [text(r.key), text(r.value), r.time]),
      expected,
      codec,
    )
    assert.deepEqual([found[50]!.key, found[50]!.value, found.length], [null, null, 51], codec)
  }
  for (const codec of codecs.slice(3)) {
    await assert.rejects(collect(bus, codec), (error: unknown) => {
      assert.ok(error instanceof Refused)
      assert.equal(error.reason, 'kafka.compression')
      assert.ok(error.message.includes(codec), error.message)
      return true
    })
  }
})

test('a compacted topic, really compacted: readers get through what was emptied, the newest values are there', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka)
  const admin = new kafkajs.Kafka({ brokers: [...kafka.bootstrap], logLevel: 0 }).admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  const eager = Object.entries({
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'delete.retention.ms': '0',
  }).map(([name, value]) => ({ name, value }))
  await admin.createTopics({
    waitForLeaders: true,
    topics: ['state', 'transactions'].map(name => ({ topic: options.prefix + name, configEntries: eager })),
  })
  await using bus = await openKafka(options)
  await bus.ensure([topicSpec('in'), topicSpec('state', { cleanup: 'compact' })])
  await bus.append([raw('in', null, 'a')])
  const dead = await bus.writer('aborted')
  await using held = await hold(bus, 'group', 'in', 1)
  const lease = held.leases[0]!
  const { next } = await poll(lease)
  for (let i = 0; i < 30; i++) {
    await lease.commit(unit(next, [], [raw('state', `k${i % 3}`, `${i}`), raw('state', 'gone', i === 29 ? null : 'x')]))
    await dead.append([raw('state', 'other', `${i}`)])
    if (i % 10 === 9) await delay(120) // the segment ends
  }
  await bus.append([raw('state', 'last', '1')])
  await delay(120)
  await bus.append([raw('state', 'last', '2')])
  const newest = { k0: '27', k1: '28', k2: '29', other: '29', last: '2' }
  const records = await eventually('compaction', async () => {
    const found = await collect(bus, 'state')
    return found.length < 30 ? found : undefined
  })
  t.diagnostic(`${records.length} of 92 records are left`)
  assert.deepEqual(Object.fromEntries(await table(bus, 'state')), newest)
  const { first, next: end } = await bus.bounds('state', 0)
  assert.ok(first <= records[0]!.offset && end > records.at(-1)!.offset)
  for (let from = 0; from < end; from += 7) {
    const expected = records.filter(({ offset }) => offset >= from).map(({ offset }) => offset)
    const found = (await collect(bus, 'state', 0, from)).map(({ offset }) => offset)
    assert.ok(found.length <= expected.length && found.at(-1) === expected.at(-1), `from ${from}`)
  }
  // Another process reads the marks from the beginning, through what is left of them.
  await using other = await openKafka(options)
  assert.deepEqual(await other.committed('group', 'in'), [next])
  await dead[Symbol.asyncDispose]()
})

test('two prefixes of which one begins with the other', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka)
  const inner = { ...options, prefix: `${options.prefix}b.` }
  const records = (value: string): Raw[] => [raw('in', null, value)]
  await using one = await openKafka(options)
  await using two = await openKafka(inner)
  for (const [bus, value] of [
    [one, 'one'],
    [two, 'two'],
  ] as const) {
    await bus.ensure([topicSpec('in')])
    await bus.append(records(value))
    await using held = await hold(bus, 'group', 'in', 1)
    await held.leases[0]!.commit(unit((await poll(held.leases[0]!)).next))
  }
  // Opened when the topics of the other are there.
  await using again = await openKafka(options)
  assert.deepEqual([await values(again, 'in'), await values(two, 'in')], [['one'], ['two']])
  assert.deepEqual(await again.committed('group', 'in'), await one.committed('group', 'in'))
})

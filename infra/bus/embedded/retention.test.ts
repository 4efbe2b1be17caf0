import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scratch } from '#infra/bus/embedded/testdata/scratch.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { bytes, hold, poll, raw, topicSpec, unit, values } from '#test/suites/bus/harness.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const AGE = { ms: HOUR_MS, bytes: Number.MAX_SAFE_INTEGER }

/** One record, captured `ms` after the first. */
function at(bus: Bus, topic: string, value: string, ms: number): Promise<void> {
  return bus.append([{ topic, key: null, value: bytes(value), time: 1_000_000_000 + ms * 1000 }])
}

test('by age: against the newest capture time of the partition, not the clock', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure([topicSpec('t', { retention: AGE, partitions: 2 })])
  for (const [value, ms] of [
    ['a', 0],
    ['b', HOUR_MS / 2],
    ['c', HOUR_MS],
    ['d', HOUR_MS + 1],
  ] as const)
    await at(bus, 't', value, ms)
  assert.deepEqual(await values(bus, 't'), ['a', 'b', 'c', 'd'])
  const { records, bytes: freed } = await bus.enforceRetention()
  assert.equal(records, 1)
  assert.ok(freed > 0)
  assert.deepEqual(await values(bus, 't'), ['b', 'c', 'd'])
  assert.deepEqual(await bus.bounds('t', 0), { first: 1, next: 4 })
  assert.deepEqual(await bus.enforceRetention(), { records: 0, bytes: 0 })
  assert.equal(bus.stats()['deleted.records'], 1)
  assert.equal(bus.stats()['deleted.bytes'], freed)
})

test('by size: the oldest entries go until the rest fits, in each partition', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure([topicSpec('t', { retention: { ms: DAY_MS, bytes: 100_000 }, partitions: 2 })])
  const value = 'x'.repeat(30_000)
  for (let i = 0; i < 80; i++) await bus.append([raw('t', null, `${i} ${value}`, 0)])
  await bus.append([raw('t', null, value, 1)])
  assert.equal((await bus.enforceRetention()).records, 77)
  assert.deepEqual(
    (await values(bus, 't', 0)).map(v => v!.split(' ')[0]),
    ['77', '78', '79'],
  )
  assert.equal((await values(bus, 't', 1)).length, 1)
  const { 'stored.records': records, 'stored.entries': entries, 'stored.bytes': stored } = bus.stats()
  assert.deepEqual([records, entries], [4, 4])
  assert.ok(stored! >= 4 * 30_000 && stored! < 5 * 33_000, `${stored}`)
})

test('the newest entry stays, however big', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure([topicSpec('t', { retention: { ms: 1, bytes: 10 } })])
  await bus.append([raw('t', null, 'x'.repeat(5000)), raw('t', null, 'y')])
  assert.deepEqual(await bus.enforceRetention(), { records: 0, bytes: 0 })
})

test('law 1: offsets go on after everything old was deleted and the log was opened again', async () => {
  await using place = scratch()
  let bus = await place.open()
  await bus.ensure([topicSpec('t', { retention: { ms: 1, bytes: 1 } })])
  for (let i = 0; i < 5; i++) await at(bus, 't', `${i}`, i * 1000)
  await bus.enforceRetention()
  await bus[Symbol.asyncDispose]()
  bus = await place.open()
  assert.deepEqual(await bus.bounds('t', 0), { first: 4, next: 5 })
  await at(bus, 't', '5', 6000)
  assert.deepEqual(await bus.bounds('t', 0), { first: 4, next: 6 })
  await bus.enforceRetention()
  assert.deepEqual(await values(bus, 't'), ['5'])
})

test('a group keeps what it may still read, from its checkpoint on', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure([topicSpec('t', { retention: { ms: 1, bytes: 1 } })])
  for (let i = 0; i < 6; i++) await at(bus, 't', `${i}`, i * 1000)
  await using held = await hold(bus, 'g', 't', 1)
  const lease = held.leases[0]!
  assert.equal((await bus.enforceRetention()).records, 0, 'a group that has not committed yet needs all')
  await lease.commit({ ...unit((await poll(lease)).next), replayFrom: 2 })
  assert.equal((await bus.enforceRetention()).records, 2)
  assert.deepEqual(await bus.bounds('t', 0), { first: 2, next: 6 })
  await lease.commit(unit(6))
  assert.equal((await bus.enforceRetention()).records, 3)
})

test('a group without a sign of life keeps nothing; one that polls does', async () => {
  let now = 1_000_000
  await using place = scratch()
  const bus = await place.open({ groupExpiryMs: 7 * DAY_MS }, () => now)
  await bus.ensure([topicSpec('t', { retention: { ms: 1, bytes: 1 } })])
  for (let i = 0; i < 4; i++) await at(bus, 't', `${i}`, i * 1000)
  await using held = await hold(bus, 'alive', 't', 1)
  const gone = await hold(bus, 'gone', 't', 1)
  await gone[Symbol.asyncDispose]()
  const lease = held.leases[0]!
  await lease.commit(unit(2))
  now += 6 * DAY_MS
  assert.equal((await bus.enforceRetention()).records, 0)
  await lease.poll(1000, 0)
  now += 2 * DAY_MS
  assert.equal((await bus.enforceRetention()).records, 2)
  now += 6 * DAY_MS
  assert.equal((await bus.enforceRetention()).records, 1, 'nobody polled for eight days')
})

test('compacted topics and topics without a retention are left alone', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure([topicSpec('table', { cleanup: 'compact' }), topicSpec('forever')])
  for (const topic of ['table', 'forever']) {
    await bus.append([{ topic, key: bytes('old'), value: bytes('v'), time: 1 }])
    await bus.append([{ topic, key: bytes('new'), value: bytes('v'), time: 1e15 }])
  }
  assert.deepEqual(await bus.enforceRetention(), { records: 0, bytes: 0 })
})

test('space that retention freed is used again: the file stops growing', async () => {
  await using place = scratch()
  const bus = await place.open()
  await bus.ensure([topicSpec('t', { retention: { ms: DAY_MS, bytes: 4 << 20 } })])
  const churn = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      await bus.append([{ topic: 't', key: null, value: new Uint8Array(50_000 + ((i * 7919) % 200_000)), time: 1 }])
      if (i % 5 === 0) await bus.enforceRetention()
    }
  }
  await churn()
  await churn()
  const before = bus.stats()['file.bytes']!
  for (let round = 0; round < 5; round++) await churn()
  const after = bus.stats()['file.bytes']!
  assert.ok(after <= before * 1.25, `${before} bytes grew to ${after}`)
})

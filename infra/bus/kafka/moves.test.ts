/** Partitions that change hands, members that sleep, brokers that die, clients that are held back. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bus, Lease, Membership } from '#schemas/contracts/bus.ts'
import { brokers, ownCluster } from '#test/kafka/brokers.ts'
import { type Copier, spawnCopier } from '#test/kafka/copiers.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { limitClient } from '#test/kafka/quotas.ts'
import { collect, eventually, raw, topicSpec, values } from '#test/suites/bus/harness.ts'
import { type KafkaOptions, openKafka } from './index.ts'

test('one member, two, four, two: each move is needed', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka)
  await using bus = await openKafka(options)
  await bus.ensure([topicSpec('in', { partitions: 8 })])
  const taken: string[] = []
  const held = new Map<number, string>()
  const join = async (name: string): Promise<Membership> =>
    bus.join('group', 'in', async (lease: Lease) => {
      taken.push(`${name} ${lease.partition}`)
      held.set(lease.partition, name)
      while (!lease.signal.aborted) await lease.poll(1000)
    })
  /** Of each member, how many it has. */
  const shares = (): string => {
    const counts = Map.groupBy(held.values(), name => name)
    return [...counts]
      .map(([name, mine]) => `${name}${mine.length}`)
      .sort()
      .join(' ')
  }
  const moves = async (expected: string): Promise<number> => {
    await eventually(`${expected} instead of ${shares()}`, () => (shares() === expected ? true : undefined))
    return taken.splice(0).length
  }
  await using _a = await join('a')
  assert.equal(await moves('a8'), 8)
  await using b = await join('b')
  assert.equal(await moves('a4 b4'), 4)
  await using c = await join('c')
  assert.equal(await moves('a3 b3 c2'), 2)
  await using _d = await join('d')
  assert.equal(await moves('a2 b2 c2 d2'), 2)
  await b[Symbol.asyncDispose]()
  const between = [...held.values()].filter(name => name === 'b').length
  assert.equal(between, 2)
  await eventually('three members', () => ([...held.values()].includes('b') ? undefined : true))
  await c[Symbol.asyncDispose]()
  // The first step moves the two of b; the second those of c, two or three.
  assert.ok((await moves('a4 d4')) <= 5)
})

/** Appends numbers to every partition until told to stop; gives how many. */
async function feed(bus: Bus, partitions: number, signal: AbortSignal): Promise<number> {
  let count = 0
  for (; !signal.aborted; count++) {
    const records = Array.from({ length: partitions }, (_, p) => raw('in', null, `${count}`, p))
    await bus.append(records)
    await delay(5)
  }
  return count
}

/** All that was fed has been copied, once, in order. */
async function copiedOnce(bus: Bus, partitions: number, count: number): Promise<void> {
  const expected = Array.from({ length: count }, (_, i) => `${i}`)
  const behind = async (): Promise<number> => {
    const positions = await bus.committed('group', 'in')
    const ends = await Promise.all(positions.map((_, p) => bus.bounds('in', p)))
    return ends.reduce((sum, { next }, p) => sum + Math.max(0, next - (positions[p] ?? 0)), 0)
  }
  for (let last = await behind(); last > 0; ) {
    const before = last
    last = await eventually(`fewer than ${before} to be left`, async () => {
      const now = await behind()
      return now < before ? now : undefined
    })
  }
  for (let p = 0; p < partitions; p++) assert.deepEqual(await values(bus, 'out', p), expected, `partition ${p}`)
}

/** Copiers say nothing that they should not, and end by themselves. */
async function endWell(copiers: readonly Copier[]): Promise<void> {
  assert.deepEqual(
    await Promise.all(copiers.map(copier => copier.end())),
    copiers.map(() => 0),
  )
  const bad = copiers.flatMap(({ lines }) => lines.filter(line => /^(unhandled|uncaught|broken)/.test(line)))
  assert.deepEqual(bad, [])
}

async function copying(options: KafkaOptions, partitions: number): Promise<Bus> {
  const bus = await openKafka(options)
  await bus.ensure([topicSpec('in', { partitions }), topicSpec('out', { partitions })])
  return bus
}

function planOf({ onWarning: _, ...kafka }: KafkaOptions) {
  return { kafka, group: 'group', input: 'in', output: 'out' }
}

test('a process sleeps for longer than its session and wakes up: nothing is lost, nothing twice', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka, { sessionTimeoutMs: 1500 })
  await using bus = await copying(options, 2)
  const copiers = [0, 1].map(() => spawnCopier(t, planOf(options)))
  const takes = (): number => copiers.flatMap(({ lines }) => lines.filter(line => line.startsWith('took'))).length
  await eventually('both to work', () =>
    copiers.every(c => c.lines.some(l => l.startsWith('took'))) ? true : undefined,
  )
  const over = new AbortController()
  const feeding = feed(bus, 2, over.signal)
  for (const sleeper of copiers) {
    const before = takes()
    sleeper.kill('SIGSTOP')
    await eventually('the other one to take its partition', () => (takes() > before ? true : undefined))
    await delay(200)
    sleeper.kill('SIGCONT')
    const woken = takes()
    await eventually('it to get a partition again', () => (takes() > woken ? true : undefined))
  }
  over.abort()
  await copiedOnce(bus, 2, await feeding)
  await endWell(copiers)
})

test('a client quota is respected, and nothing is lost', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const options = optionsFor(kafka, { clientId: `held-back-${process.pid}` })
  await limitClient(options, 20_000)
  await using bus = await openKafka(options)
  await bus.ensure([topicSpec('in')])
  const sent = Array.from({ length: 11 }, () => randomBytes(20_000))
  const started = performance.now()
  for (const value of sent) await bus.append([{ ...raw('in', null, null), value }])
  // Ten seconds' worth may come at once; the broker makes the rest wait for the time it should have taken.
  assert.ok(performance.now() - started > 500, 'it was not held back')
  assert.deepEqual(
    (await collect(bus, 'in')).map(({ value }) => Buffer.from(value!)),
    sent,
  )
})

test('a broker dies under a steady load of commits: every unit is there once', async t => {
  const cluster = await ownCluster(t, { brokers: 3 })
  if (cluster === null) return
  const options = optionsFor(cluster, { sessionTimeoutMs: 4000, requestTimeoutMs: 60_000 })
  const bus = await copying(options, 3)
  const copiers = [0, 1].map(() => spawnCopier(t, planOf(options)))
  const over = new AbortController()
  const feeding = feed(bus, 3, over.signal)
  await eventually('both to work', () =>
    copiers.every(c => c.lines.some(l => l.startsWith('took'))) ? true : undefined,
  )
  await delay(500)
  await cluster.stop(0, 'SIGKILL') // it leads a partition of each topic, and coordinates a third of the transactions
  await delay(6000)
  over.abort()
  await copiedOnce(bus, 3, await feeding)
  const again = copiers.flatMap(({ lines }) => lines.filter(line => line.startsWith('again')))
  t.diagnostic(`${again.length} commits were repeated: ${[...new Set(again)].join(', ')}`)
  await t.test('without brokers a log still closes, and its process ends', async () => {
    await Promise.all([cluster.stop(1, 'SIGKILL'), cluster.stop(2, 'SIGKILL')])
    const calls = Promise.allSettled([
      bus.join('other', 'in', async () => {}),
      bus.append([raw('in', null, 'b')]),
      collect(bus, 'in'),
    ])
    await delay(100)
    await Promise.all([bus[Symbol.asyncDispose](), endWell(copiers)])
    const reasons = (await calls).map(call => (call.status === 'rejected' ? call.reason.name : 'done'))
    assert.deepEqual(reasons, ['Retryable', 'Retryable', 'Retryable'])
    await assert.rejects(openKafka(optionsFor(cluster)), { name: 'Retryable', message: /ECONNREFUSED/ })
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus, type MemoryOperation } from '#infra/bus/memory/index.ts'
import { hold, poll, raw, topicSpec, unit, values } from '#test/suites/bus/harness.ts'
import { busSuite } from '#test/suites/bus.ts'

busSuite('memory', async () => {
  const bus = new MemoryBus()
  return { bus, close: () => bus[Symbol.asyncDispose]() }
})

/** Throws at the n-th operation of a kind. */
function faulty(kind: MemoryOperation['op'], at: number): MemoryBus {
  let count = 0
  return new MemoryBus({
    hook: op => {
      if (op === kind && ++count === at) throw new Error(`injected at ${kind} ${at}`)
    },
  })
}

test('a fault at append leaves nothing', async () => {
  await using bus = faulty('append', 2)
  await bus.ensure([topicSpec('t')])
  await bus.append([raw('t', null, 'a')])
  await assert.rejects(bus.append([raw('t', null, 'b')]), /injected at append 2/)
  await bus.append([raw('t', null, 'c')])
  assert.deepEqual(await values(bus, 't'), ['a', 'c'])
})

test('a fault before commit leaves nothing, after commit everything', async () => {
  for (const [kind, outputs, position] of [
    ['commit-before', [], [null]],
    ['commit-after', ['out'], [1]],
  ] as const) {
    await using bus = faulty(kind, 1)
    await bus.ensure([topicSpec('in'), topicSpec('out')])
    await bus.append([raw('in', null, 'a')])
    await using held = await hold(bus, 'g', 'in', 1)
    const { next } = await poll(held.leases[0]!)
    await assert.rejects(held.leases[0]!.commit(unit(next, [raw('out', null, 'out')])), /injected/)
    assert.deepEqual(await values(bus, 'out'), outputs)
    assert.deepEqual(await bus.committed('g', 'in'), position)
  }
})

test('a fault at poll reaches the run, and its membership', async () => {
  await using bus = faulty('poll', 1)
  await bus.ensure([topicSpec('t')])
  const membership = await bus.join('g', 't', async lease => {
    await lease.poll(100)
  })
  await assert.rejects(membership.done, /injected at poll 1/)
})

test('compaction in memory forgets the holes', async () => {
  await using bus = new MemoryBus()
  await bus.ensure([topicSpec('t', { cleanup: 'compact' })])
  for (let i = 0; i < 500; i++) await bus.append([raw('t', `k${i % 3}`, `${i}`)])
  assert.deepEqual(await values(bus, 't'), ['497', '498', '499'])
  assert.deepEqual(await bus.bounds('t', 0), { first: 497, next: 500 })
})

const retained = { ms: 1, bytes: 1 }

test('a full log refuses producers until every group has read; commits always fit', async () => {
  await using bus = new MemoryBus({ maxBytes: 10 })
  await bus.ensure([topicSpec('in', { retention: retained }), topicSpec('out', { retention: retained })])
  await using slow = await hold(bus, 'slow', 'in', 1)
  await using fast = await hold(bus, 'fast', 'in', 1)
  await using reader = await hold(bus, 'reader', 'out', 1)
  for (const text of ['aaaa', 'bbbb', 'cccc']) await bus.append([raw('in', null, text)])
  const refused = { name: 'Retryable', reason: 'log-full' }
  await assert.rejects(bus.append([raw('in', null, 'dddd')]), refused)

  await fast.leases[0]!.commit(unit(3))
  await slow.leases[0]!.commit({ ...unit(2, [raw('out', null, 'result')]), replayFrom: 1 })
  assert.deepEqual(await values(bus, 'out'), ['result'], 'a task finishes what it has begun')
  await assert.rejects(bus.append([raw('in', null, 'dddd')]), refused)
  assert.deepEqual(await values(bus, 'in'), ['bbbb', 'cccc'], 'kept from where the slowest group restarts')

  await slow.leases[0]!.commit(unit(3))
  await reader.leases[0]!.commit(unit(1))
  await bus.append([raw('in', null, 'dddd')])
  assert.equal((await values(bus, 'in')).at(-1), 'dddd')
  assert.deepEqual(await bus.bounds('in', 0), { first: 3, next: 4 })
})

test('room is made only in topics that have a retention', async () => {
  await using bus = new MemoryBus({ maxBytes: 4 })
  await bus.ensure([topicSpec('kept'), topicSpec('compacted', { cleanup: 'compact' })])
  await bus.append([raw('kept', null, 'aaaa')])
  await assert.rejects(bus.append([raw('compacted', 'k', 'v')]), { name: 'Retryable', reason: 'log-full' })
  assert.deepEqual(await values(bus, 'kept'), ['aaaa'])
})

test('a topic that nobody reads makes room, and a newer value of a key takes the place of the older one', async () => {
  await using bus = new MemoryBus({ maxBytes: 8 })
  await bus.ensure([topicSpec('unread', { retention: retained }), topicSpec('state', { cleanup: 'compact' })])
  for (let i = 0; i < 20; i++)
    await bus.append([raw('unread', null, `${i}`.padStart(4)), raw('state', 'k', `${i % 10}`)])
  assert.deepEqual(await values(bus, 'unread'), ['  18', '  19'])
  assert.deepEqual(await values(bus, 'state'), ['9'])
})

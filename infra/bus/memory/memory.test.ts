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

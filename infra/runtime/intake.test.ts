import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import { raw, topicSpec, values } from '#test/suites/bus/harness.ts'
import { emptyIntakeStats, runIntake } from './intake.ts'

test('intake waits while the log is full and loses nothing', async () => {
  let full = 3
  await using bus = new MemoryBus({
    hook: op => {
      if (op === 'append' && full-- > 0) throw new Retryable('log-full', 'no room')
    },
  })
  await bus.ensure([topicSpec('in')])
  const left = ['x', 'y', 'z']
  const producer = {
    read: async () => {
      const text = left.shift()
      return text === undefined ? null : { batches: [], position: text }
    },
    stats: () => ({}),
    progress: () => ({ done: 0, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = emptyIntakeStats()
  const ended = await runIntake(
    {
      producer,
      bus,
      encode: ({ position }) => [raw('in', null, String(position))],
      backoff: { firstMs: 0, maxMs: 0 },
      stats,
    },
    new AbortController().signal,
  )
  assert.equal(ended, true)
  assert.deepEqual(await values(bus, 'in'), ['x', 'y', 'z'])
  assert.deepEqual(stats, {
    ...emptyIntakeStats(),
    records: 3,
    bytes: 3,
    refused: new Map([['log-full', 3]]),
    finished: true,
  })
})

test('intake that is stopped while the log is full ends as any stop does', async () => {
  const stop = new AbortController()
  await using bus = new MemoryBus({
    hook: op => {
      if (op === 'append') throw new Retryable('log-full', 'no room')
    },
  })
  await bus.ensure([topicSpec('in')])
  const producer = {
    read: async () => ({ batches: [], position: 'x' }),
    stats: () => ({}),
    progress: () => ({ done: 0, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = emptyIntakeStats()
  const backoff = { firstMs: 0, maxMs: 0, onRetry: (_: unknown, tries: number) => void (tries === 3 && stop.abort()) }
  const ended = await runIntake({ producer, bus, encode: () => [raw('in', null, 'x')], backoff, stats }, stop.signal)
  assert.equal(ended, false)
  assert.deepEqual(stats, { ...emptyIntakeStats(), refused: new Map([['log-full', 3]]) })
})

test('intake does not wait for a producer that is stuck in its read', async () => {
  const stop = new AbortController()
  await using bus = new MemoryBus()
  await bus.ensure([topicSpec('in')])
  const producer = {
    read: () => {
      stop.abort()
      return new Promise<never>(() => {})
    },
    stats: () => ({}),
    progress: () => ({ done: 0, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = emptyIntakeStats()
  const backoff = { firstMs: 0, maxMs: 0 }
  assert.equal(await runIntake({ producer, bus, encode: () => [], backoff, stats }, stop.signal), false)
})

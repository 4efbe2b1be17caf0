import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import type { Sink } from '#schemas/contracts/sink.ts'
import { runDelivery } from './delivery.ts'
import { runIntake } from './intake.ts'

const plain = (name: string): TopicSpec => ({
  name,
  key: 'none',
  schema: 'test',
  cleanup: 'delete',
  retention: null,
  partitions: 1,
})
const raw = (topic: string, text: string): Raw => ({ topic, key: null, value: Buffer.from(text), time: 0 })

async function logOf(topic: string, bus: MemoryBus): Promise<string[]> {
  const texts: string[] = []
  for await (const batch of bus.read(topic, 0, 0))
    for (const { value } of batch.records) texts.push(Buffer.from(value!).toString())
  return texts
}

/** Delivers a, b, c, … through `write` until all is committed; returns what the sink saw. */
async function deliver(
  texts: readonly string[],
  write: (batch: readonly string[], call: number) => readonly number[],
  beforeCommit: () => void = () => {},
): Promise<{ seen: string[][]; dead: string[]; stats: { delivered: number; refused: number; retried: number } }> {
  const stop = new AbortController()
  await using bus = new MemoryBus({
    hook: (_, operation) => {
      if (operation.op === 'commit-before') beforeCommit()
      if (operation.op === 'commit-after' && operation.unit.next === texts.length) stop.abort()
    },
  })
  await bus.ensure([plain('in'), plain('dead')])
  await bus.append(texts.map(text => raw('in', text)))
  const seen: string[][] = []
  const sink: Sink<string> = {
    write: async batch => {
      seen.push([...batch])
      return write(batch, seen.length)
    },
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = { delivered: 0, refused: 0, retried: 0 }
  const delivery = {
    sink,
    decode: (_: string, record: LogRecord) => {
      const text = Buffer.from(record.value!).toString()
      if (text === 'garbage') throw new Refused('undecodable', text)
      return text
    },
    dead: (record: LogRecord, reason: string) => raw('dead', `${reason} ${Buffer.from(record.value!)}`),
    batchBytes: 1000,
    backoff: { firstMs: 0, maxMs: 0 },
    stats,
  }
  const membership = await bus.join('sink', 'in', lease => runDelivery(delivery, lease, stop.signal))
  await membership.done
  return { seen, dead: await logOf('dead', bus), stats }
}

test('delivers in order, and repeats the whole batch when told to try again', async () => {
  const { seen, dead, stats } = await deliver(['a', 'b', 'c'], (_, call) => {
    if (call < 3) throw new Retryable('busy', 'later')
    return []
  })
  assert.deepEqual(seen, [
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
  assert.deepEqual(dead, [])
  assert.deepEqual(stats, { delivered: 3, refused: 0, retried: 2 })
})

test('what the sink refuses and what cannot be decoded goes to dead; the rest is delivered', async () => {
  const { seen, dead, stats } = await deliver(['a', 'garbage', 'b', 'c'], batch => [batch.indexOf('b')])
  assert.deepEqual(seen, [['a', 'b', 'c']])
  assert.deepEqual(dead, ['undecodable garbage', 'refused-by-sink b'])
  assert.deepEqual(stats, { delivered: 2, refused: 2, retried: 0 })
})

test('a full log makes the position wait; what was delivered is not delivered again', async () => {
  let full = 3
  const { seen, stats } = await deliver(
    ['a', 'b'],
    () => [],
    () => {
      if (full-- > 0) throw new Retryable('log-full', 'no room')
    },
  )
  assert.deepEqual(seen, [['a', 'b']])
  assert.deepEqual(stats, { delivered: 2, refused: 0, retried: 3 })
})

test('intake waits while the log is full and loses nothing', async () => {
  let full = 3
  await using bus = new MemoryBus({
    hook: op => {
      if (op === 'append' && full-- > 0) throw new Retryable('log-full', 'no room')
    },
  })
  await bus.ensure([plain('in')])
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
  const stats = { records: 0, bytes: 0, refused: new Map<string, number>(), finished: false }
  const ended = await runIntake(
    {
      producer,
      bus,
      encode: ({ position }) => [raw('in', String(position))],
      backoff: { firstMs: 0, maxMs: 0 },
      stats,
    },
    new AbortController().signal,
  )
  assert.equal(ended, true)
  assert.deepEqual(await logOf('in', bus), ['x', 'y', 'z'])
  assert.deepEqual(stats, { records: 3, bytes: 3, refused: new Map([['log-full', 3]]), finished: true })
})

test('intake that is stopped while the log is full ends as any stop does', async () => {
  const stop = new AbortController()
  await using bus = new MemoryBus({
    hook: op => {
      if (op === 'append') throw new Retryable('log-full', 'no room')
    },
  })
  await bus.ensure([plain('in')])
  const producer = {
    read: async () => ({ batches: [], position: 'x' }),
    stats: () => ({}),
    progress: () => ({ done: 0, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = { records: 0, bytes: 0, refused: new Map<string, number>(), finished: false }
  const backoff = { firstMs: 0, maxMs: 0, onRetry: (_: unknown, tries: number) => void (tries === 3 && stop.abort()) }
  const ended = await runIntake({ producer, bus, encode: () => [raw('in', 'x')], backoff, stats }, stop.signal)
  assert.equal(ended, false)
  assert.deepEqual(stats, { records: 0, bytes: 0, refused: new Map([['log-full', 3]]), finished: false })
})

test('intake does not wait for a producer that is stuck in its read', async () => {
  const stop = new AbortController()
  await using bus = new MemoryBus()
  await bus.ensure([plain('in')])
  const producer = {
    read: () => {
      stop.abort()
      return new Promise<never>(() => {})
    },
    stats: () => ({}),
    progress: () => ({ done: 0, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = { records: 0, bytes: 0, refused: new Map<string, number>(), finished: false }
  const backoff = { firstMs: 0, maxMs: 0 }
  assert.equal(await runIntake({ producer, bus, encode: () => [], backoff, stats }, stop.signal), false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { delivery as schema } from '#schemas/config/delivery.ts'
import type { LogRecord, Unit } from '#schemas/contracts/bus.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import type { RefusedRecord, Sink } from '#schemas/contracts/sink.ts'
import { raw, topicSpec, values } from '#test/suites/bus/harness.ts'
import { runDelivery } from './index.ts'
import { Outlet } from './outlet.ts'

/** Delivers a, b, c, … through `write` until all is committed; returns what the sink saw. */
async function deliver(
  texts: readonly string[],
  write: (batch: readonly string[], call: number) => readonly RefusedRecord[],
  beforeCommit: (unit: Unit) => void = () => {},
): Promise<{
  seen: string[][]
  dead: (string | null)[]
  stats: { delivered: number; refused: number }
  retried: number
  retriedLog: number
}> {
  const stop = new AbortController()
  await using bus = new MemoryBus({
    hook: (_, operation) => {
      if (operation.op === 'commit-before') beforeCommit(operation.unit)
      if (operation.op === 'commit-after' && operation.unit.next === texts.length) stop.abort()
    },
  })
  await bus.ensure([topicSpec('in'), topicSpec('dead')])
  await bus.append(texts.map(text => raw('in', null, text)))
  const seen: string[][] = []
  const sink: Sink<string> = {
    write: async batch => {
      seen.push([...batch])
      return write(batch, seen.length)
    },
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = { delivered: 0, refused: 0 }
  const config = schema.parse({ retry: { firstMs: 1, maxMs: 10 } })
  const outlet = new Outlet(sink, config, { retry: () => {}, circuit: () => {} })
  let retriedLog = 0
  const delivery = {
    outlet,
    config,
    decode: (_: string, record: LogRecord) => {
      const text = Buffer.from(record.value!).toString()
      if (text === 'garbage') throw new Refused('undecodable', text)
      return text
    },
    dead: (record: LogRecord, reason: string, message: string) =>
      raw('dead', null, `${reason} ${Buffer.from(record.value!)}: ${message}`),
    backoff: { firstMs: 0, maxMs: 0, onRetry: () => void retriedLog++ },
    stats,
    waiting: () => {},
  }
  const membership = await bus.join('sink', 'in', lease => runDelivery(delivery, lease, stop.signal))
  await membership.done
  return { seen, dead: await values(bus, 'dead'), stats, retried: outlet.retried, retriedLog }
}

test('delivers in order, and repeats the whole batch when told to try again', async () => {
  const { seen, dead, stats, retried } = await deliver(['a', 'b', 'c'], (_, call) => {
    if (call < 3) throw new Retryable('busy', 'later')
    return []
  })
  assert.deepEqual(seen, [
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
  assert.deepEqual(dead, [])
  assert.deepEqual(stats, { delivered: 3, refused: 0 })
  assert.equal(retried, 2)
})

test('what the sink refuses and what cannot be decoded goes to dead; the rest is delivered', async () => {
  const { seen, dead, stats } = await deliver(['a', 'garbage', 'b', 'c'], batch => [
    { index: batch.indexOf('b'), answer: 'b is not wanted' },
  ])
  assert.deepEqual(seen, [['a', 'b', 'c']])
  assert.deepEqual(dead, ['undecodable garbage: garbage', 'refused-by-sink b: b is not wanted'])
  assert.deepEqual(stats, { delivered: 2, refused: 2 })
})

test('a full log makes the position wait; what was delivered is not delivered again', async () => {
  let full = 3
  const units = new Set<Unit>()
  const { seen, stats, retriedLog } = await deliver(
    ['a', 'b'],
    () => [],
    unit => {
      units.add(unit)
      if (full-- > 0) throw new Retryable('log-full', 'no room')
    },
  )
  assert.deepEqual(seen, [['a', 'b']])
  assert.deepEqual(stats, { delivered: 2, refused: 0 })
  assert.equal(retriedLog, 3)
  assert.equal(units.size, 1, 'a log knows by the unit that it is the same one again')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import type { LogRecord, Unit } from '#schemas/contracts/bus.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import type { Sink } from '#schemas/contracts/sink.ts'
import { raw, topicSpec, values } from '#test/suites/bus/harness.ts'
import { runDelivery } from './delivery.ts'

/** Delivers a, b, c, … through `write` until all is committed; returns what the sink saw. */
async function deliver(
  texts: readonly string[],
  write: (batch: readonly string[], call: number) => readonly number[],
  beforeCommit: (unit: Unit) => void = () => {},
): Promise<{
  seen: string[][]
  dead: (string | null)[]
  stats: { delivered: number; refused: number; retried: number }
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
  const stats = { delivered: 0, refused: 0, retried: 0 }
  const delivery = {
    sink,
    decode: (_: string, record: LogRecord) => {
      const text = Buffer.from(record.value!).toString()
      if (text === 'garbage') throw new Refused('undecodable', text)
      return text
    },
    dead: (record: LogRecord, reason: string) => raw('dead', null, `${reason} ${Buffer.from(record.value!)}`),
    batchBytes: 1000,
    backoff: { firstMs: 0, maxMs: 0 },
    stats,
  }
  const membership = await bus.join('sink', 'in', lease => runDelivery(delivery, lease, stop.signal))
  await membership.done
  return { seen, dead: await values(bus, 'dead'), stats }
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
  const units = new Set<Unit>()
  const { seen, stats } = await deliver(
    ['a', 'b'],
    () => [],
    unit => {
      units.add(unit)
      if (full-- > 0) throw new Retryable('log-full', 'no room')
    },
  )
  assert.deepEqual(seen, [['a', 'b']])
  assert.deepEqual(stats, { delivered: 2, refused: 0, retried: 3 })
  assert.equal(units.size, 1, 'a log knows by the unit that it is the same one again')
})

/** What a task does when the log is full, when input cannot be decoded, and when new code meets old input. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '@msgpack/msgpack'
import { MemoryBus, type MemoryHook } from '#infra/bus/memory/index.ts'
import { stateTopic, type TopicSpec } from '#schemas/avro/topics.ts'
import type { Lease, Unit } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Cell, Ctx, Processor } from '#schemas/contracts/processor.ts'
import { Chain } from './chain.ts'
import type { Backoff } from './retry.ts'
import { Task, type TaskLimits, type TaskSpec } from './task.ts'

interface Word {
  readonly word: string
  readonly time: number
}

interface Rules {
  /** Words that make the processor throw. */
  readonly throwsAt?: string
  /** Stream time from which the timer throws. */
  readonly timerThrowsAt?: number
}

/** Says every word with its number; `tick` lets time pass. A timer that is set again each time says `idle`. */
class Numbers implements Processor<Word, { n: number }> {
  readonly #rules: Rules
  constructor(rules: Rules) {
    this.#rules = rules
  }

  process({ word }: Word, ctx: Ctx<{ n: number }>): void {
    ctx.ledger.add('inspected', word.length)
    if (word === 'tick') return
    const cell = ctx.state.get('n') ?? ctx.state.open('n', { n: 0 })
    cell.value.n++
    ctx.state.wake(cell, ctx.now + 10)
    ctx.emit('out', '', `${cell.value.n} ${word}`, ctx.now)
    if (word === this.#rules.throwsAt) throw new Error(`no ${word}`)
  }

  expire(cell: Cell<{ n: number }>, ctx: Ctx<{ n: number }>): void {
    if (ctx.now >= (this.#rules.timerThrowsAt ?? Number.POSITIVE_INFINITY)) throw new Error('no more timers')
    cell.value.n += 100
    ctx.state.wake(cell, ctx.now + 10)
    ctx.emit('out', '', `${cell.value.n} idle`, ctx.now)
  }
}

function specOf(rules: Rules = {}, settled: boolean[] = []): TaskSpec {
  return {
    group: 'g',
    input: 'in',
    open: publish =>
      new Chain(
        [{ name: 's', input: 'in', outputs: ['out'], processor: new Numbers(rules) as Processor<unknown, unknown> }],
        new Set(['out']),
        publish,
      ),
    feed: (record, chain, each) => {
      const words = decode(record.value!) as (Word | null)[]
      chain.ledger.add(
        'captured',
        words.reduce((sum, word) => sum + (word?.word.length ?? 0), 0),
      )
      for (const word of words) {
        if (word === null) throw new Error('broken record')
        each(word, word.time, word.word.length)
      }
    },
    encode: (topic, _key, value, time) => ({ topic, key: null, value: encode(value), time, partition: 0 }),
    settled: (_, published) => void settled.push(published),
    bytesOf: value => encode(value),
    stateTopic: stage => `${stage}.state`,
  }
}

const plain = (name: string): TopicSpec => ({
  name,
  key: 'none',
  schema: 'test',
  cleanup: 'delete',
  retention: null,
  partitions: 1,
})

const LIMITS: TaskLimits = {
  commitBytes: 1,
  checkpointBytes: 1 << 30,
  checkpointMs: Number.POSITIVE_INFINITY,
  poisonPerBatch: 10,
}

const NO_WAIT: Backoff = { firstMs: 0, maxMs: 0 }

/** Records of words; each word's time is its number from 1 on, a number in the text moves it: `tick@50`. */
async function logWith(records: readonly (readonly (string | null)[])[], hook?: MemoryHook): Promise<MemoryBus> {
  const bus = new MemoryBus(hook === undefined ? {} : { hook })
  await bus.ensure([plain('in'), plain('out'), plain('dead'), stateTopic('s')])
  let time = 0
  for (const record of records) {
    const words = record.map(text => {
      if (text === null) return null
      const [word, at] = text.split('@')
      time = at === undefined ? time + 1 : Number(at)
      return { word, time }
    })
    await bus.append([{ topic: 'in', key: null, value: encode(words), time }])
  }
  return bus
}

interface Life {
  readonly spec?: TaskSpec
  readonly limits?: Partial<TaskLimits>
  readonly backoff?: Backoff
  /** Throws to end this life as a crash would. */
  readonly commit?: (unit: Unit, commit: () => Promise<void>, task: Task) => Promise<void>
}

/** One life of a task: to the end of the input, or to its crash (which is returned). */
async function live(bus: MemoryBus, life: Life = {}): Promise<{ readonly task: Task; readonly crash: unknown }> {
  let task: Task | null = null
  const { next } = await bus.bounds('in', 0)
  const membership = await bus.join('g', 'in', async taken => {
    let own: Task | null = null
    const lease: Lease = {
      group: taken.group,
      topic: taken.topic,
      partition: taken.partition,
      committed: taken.committed,
      signal: taken.signal,
      poll: async bytes => {
        const batch = await taken.poll(bytes, 0)
        if (batch === null) own!.stop()
        return batch
      },
      commit: unit => (life.commit ?? ((_, commit) => commit()))(unit, () => taken.commit(unit), own!),
    }
    task = own = new Task(
      life.spec ?? specOf(),
      bus,
      lease,
      { ...LIMITS, ...life.limits },
      () => 0,
      life.backoff ?? NO_WAIT,
    )
    await own.run()
  })
  const crash: unknown = await membership.done.then(
    () => null,
    error => error,
  )
  await membership[Symbol.asyncDispose]()
  if (crash === null && life.commit === undefined) assert.deepEqual(await bus.committed('g', 'in'), [next])
  return { task: task!, crash }
}

async function valuesOf(bus: MemoryBus, topic: string): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const { records } of bus.read(topic, 0, 0)) for (const { value } of records) values.push(decode(value!))
  return values
}

async function deadOf(bus: MemoryBus): Promise<string[]> {
  return (await valuesOf(bus, 'dead')).map(value => {
    const { offset, index, reason, message } = value as Record<string, unknown>
    return `${offset}:${index} ${reason} ${message}`
  })
}

const crashAt =
  (next: number): NonNullable<Life['commit']> =>
  (unit, commit) =>
    unit.next >= next ? Promise.reject(new Error('crash')) : commit()

test('a full log makes the task wait: the same unit again, counted, nothing lost and nothing twice', async () => {
  let refusals = 5
  const units: Unit[] = []
  const waits: string[] = []
  await using bus = await logWith([['a'], ['b'], ['c']])
  const { crash, task } = await live(bus, {
    commit: async (unit, commit) => {
      units.push(unit)
      if (unit.next === 2 && refusals-- > 0) throw new Retryable('log-full', 'no room')
      await commit()
    },
    backoff: { ...NO_WAIT, onRetry: error => void waits.push(error.reason) },
  })
  assert.equal(crash, null)
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '2 b', '3 c'])
  assert.equal(new Set(units.filter(unit => unit.next === 2)).size, 1, 'one unit, six tries')
  assert.equal(task.stats.refused, 5)
  assert.deepEqual(waits, Array<string>(5).fill('log-full'))
})

test('a task that waits for room stops cleanly, and the next one takes the batch again', async () => {
  await using bus = await logWith([['a'], ['b']])
  const { crash } = await live(bus, {
    commit: (unit, commit, task) => {
      if (unit.next < 2) return commit()
      task.stop()
      return Promise.reject(new Retryable('log-full', 'no room'))
    },
  })
  assert.equal(crash, null)
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a'])
  await live(bus)
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '2 b'])
})

test('until the first checkpoint every commit keeps all input for the next restore, also after a crash', async () => {
  await using bus = await logWith([['a'], ['b'], ['c'], ['d']])
  const { crash } = await live(bus, { commit: crashAt(3) })
  assert.match(String(crash), /crash/)
  const units: Unit[] = []
  await live(bus, { commit: (unit, commit) => commit().then(() => void units.push(unit)) })
  assert.deepEqual(
    units.map(({ next, replayFrom }) => [next, replayFrom]),
    [
      [3, 0],
      [4, 0],
      [4, 4],
    ],
  )
})

test('input that only new code cannot take, met in a replay: one dead letter, whatever crashes', async () => {
  await using bus = await logWith([['a'], ['b'], ['c'], ['d']])
  await live(bus, { commit: crashAt(4) })
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '2 b', '3 c'])
  const spec = specOf({ throwsAt: 'b' })
  for (let crashes = 0; crashes < 2; crashes++) {
    const { crash } = await live(bus, { spec, commit: () => Promise.reject(new Error('crash')) })
    assert.match(String(crash), /crash/)
    assert.deepEqual(await deadOf(bus), [])
  }
  await live(bus, { spec, commit: crashAt(4) })
  const { task } = await live(bus, { spec })
  assert.deepEqual(await deadOf(bus), ['1:0 threw Error: no b'])
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '2 b', '3 c', '3 d'])
  assert.deepEqual(task.ledger, { captured: 4, inspected: 3, poison: 1 })
})

test('the very first value is poison: the rest of its record is processed, and its bytes have a fate', async () => {
  await using bus = await logWith([['boom', 'a'], ['b']])
  const { task, crash } = await live(bus, { spec: specOf({ throwsAt: 'boom' }) })
  assert.equal(crash, null)
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '2 b'])
  assert.deepEqual(await deadOf(bus), ['0:0 threw Error: no boom'])
  assert.deepEqual(task.ledger, { captured: 6, inspected: 2, poison: 4 })
})

test('a record that breaks off between values is undecodable as a whole; no value before it is blamed', async () => {
  await using bus = await logWith([['a'], ['b', null, 'c'], ['d']])
  const { task, crash } = await live(bus)
  assert.equal(crash, null)
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '2 d'])
  assert.deepEqual(await deadOf(bus), ['1:-1 undecodable Error: broken record'])
  assert.equal(task.stats.poisoned, 1)
})

test('a timer that throws is dropped where it threw, not where it fired well before', async () => {
  await using bus = await logWith([['a'], ['tick@20'], ['b@21'], ['tick@40'], ['c@41']])
  const { crash } = await live(bus, { spec: specOf({ timerThrowsAt: 40 }) })
  assert.equal(crash, null)
  assert.deepEqual(await valuesOf(bus, 'out'), ['1 a', '101 idle', '102 b', '1 c'])
  assert.deepEqual(await deadOf(bus), ['3:0 threw Error: no more timers'])
})

test('values are settled once: dropped with the memory that made them, or published', async () => {
  const settled: boolean[] = []
  await using bus = await logWith([['a', 'boom', 'b']])
  await live(bus, { spec: specOf({ throwsAt: 'boom' }, settled) })
  // Opened; rebuilt without `boom`; its dead letter; the batch; the last checkpoint.
  assert.deepEqual(settled, [false, false, true, true, true])
})

test('the bound on poison is per batch: any number of it, spread over batches, is survived', async () => {
  const records = Array.from({ length: 30 }, () => ['boom', 'a'])
  await using bus = await logWith(records)
  const { crash, task } = await live(bus, { spec: specOf({ throwsAt: 'boom' }) })
  assert.equal(crash, null)
  assert.equal(task.stats.poisoned, 30)
  assert.equal((await deadOf(bus)).length, 30)
})

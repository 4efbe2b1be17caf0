import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Raw } from '#schemas/contracts/bus.ts'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { FakeKafka, type Fault } from '#test/kafka/fake.ts'
import { decompress } from './compression.ts'
import { fetch } from './fetch.ts'
import { createErrorFromCode } from './kafkajs.ts'
import { Marks, TRANSACTIONS } from './marks.ts'
import type { ProduceTopic } from './produce.ts'
import { PartitionReader } from './reader.ts'
import { newStats } from './stats.ts'
import { NO_POSITION, Transactor } from './transactor.ts'
import { KafkaWriter } from './writer.ts'

const OPTIONS = {
  transactionTimeoutMs: 1000,
  requestTimeoutMs: 1000,
  compression: 0,
  clock: () => 1_700_000_000_000,
  format: null,
  everywhere: () => ['out', TRANSACTIONS].map(topic => ({ topic, partitions: [0, 1] })),
  learnLimits: async () => false,
}
const REQUEST_TIMED_OUT = 7
const MESSAGE_TOO_LARGE = 10

/** Small batches: a transaction takes several rounds. */
function topicOf(name: string): ProduceTopic {
  const cleanup = name === TRANSACTIONS ? 'compact' : 'delete'
  return { name, kafkaName: name, partitions: 2, cleanup, retention: null, maxBatchBytes: 600 }
}

function transactor(kafka: FakeKafka, id: string, fault?: Fault): Transactor {
  const calls = kafka.calls(fault)
  return new Transactor(id, calls, new Marks(calls, decompress, TRANSACTIONS), topicOf, OPTIONS, newStats())
}

function output(value: string, partition = 0): Raw {
  return { topic: 'out', partition, key: null, value: Buffer.from(value), time: 1 }
}

async function visibleValues(kafka: FakeKafka, topic: string, partition = 0): Promise<string[]> {
  const { end } = kafka.log(topic, partition)
  const fetchBatches = (from: number, maxBytes: number, maxWaitMs: number) =>
    fetch(kafka.calls(), decompress, topic, partition, from, { maxBytes, maxWaitMs, committed: true })
  const reader = new PartitionReader(fetchBatches, null, 0)
  const values: string[] = []
  while (reader.position < end) {
    const before = reader.position
    const { records } = await reader.fetch(1 << 20, 0)
    values.push(...records.map(({ value }) => Buffer.from(value!).toString()))
    assert.ok(reader.position > before, `nothing to read at ${before} of ${end}`)
  }
  return values
}

/** Repeats what may be repeated, after some turns; false: it was fenced. */
async function untilDone(call: () => Promise<unknown>, random: () => number = () => 0): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await call()
      return true
    } catch (error) {
      if (error instanceof Fenced) return false
      if (!(error instanceof Retryable)) throw error
      for (let turns = random() * 40; turns > 0; turns--) await nextTurn()
    }
  }
  throw new Error('200 tries')
}

function faults(random: () => number, share: number): Fault {
  return step => {
    if (random() < share) throw Object.assign(createErrorFromCode(REQUEST_TIMED_OUT), { step })
  }
}

test('any request may fail, before or after it had its effect: every unit is there once, in order', async () => {
  const units = 12
  for (let seed = 0; seed < 25; seed++) {
    const random = mulberry32(seed)
    const kafka = new FakeKafka()
    /** A member that takes the partition, works, and goes on after being fenced as often as somebody else comes. */
    const member = async (name: string): Promise<void> => {
      for (let lives = 0; lives < 60; lives++) {
        const owner = transactor(kafka, 'lease', faults(random, 0.1))
        let next = -1
        if (!(await untilDone(async () => (next = (await owner.open()).next ?? 0), random))) continue
        for (let fenced = false; !fenced; next++) {
          if (next >= units) return
          const records = [output(`${next} ${'x'.repeat(random() * 900)}`), output(`${next}`, 1)]
          const position = { next: next + 1, replayFrom: 0 }
          fenced = !(await untilDone(() => owner.commit(records, position), random))
          if (random() < 0.1) break // it dies here, and another one takes its place
        }
      }
      assert.fail(`seed ${seed}: ${name} was fenced 60 times`)
    }
    await Promise.all(['a', 'b'].map(member))
    for (const partition of [0, 1]) {
      const values = (await visibleValues(kafka, 'out', partition)).map(value => value.split(' ')[0])
      assert.deepEqual(
        values,
        Array.from({ length: units }, (_, i) => String(i)),
        `seed ${seed}`,
      )
    }
  }
})

test('the two faults that matter, at every step of a commit', async () => {
  for (const when of ['before', 'after'] as const) {
    for (const step of ['InitProducerId', 'AddPartitionsToTxn', 'Produce', 'EndTxn', 'Fetch', 'ListOffsets']) {
      for (const times of [1, 2, 3]) {
        const kafka = new FakeKafka()
        let left = 0
        const fault: Fault = (name, at) => {
          if (left === 0 || name !== step || at !== when) return
          left--
          throw createErrorFromCode(REQUEST_TIMED_OUT)
        }
        const owner = transactor(kafka, 'lease', fault)
        await owner.open()
        left = times
        const where = `${step} failed ${times} times, ${when} its effect`
        for (const i of [0, 1]) {
          const records = [output(`${i}`)]
          await untilDone(() => owner.commit(records, { next: i + 1, replayFrom: 0 }))
        }
        assert.deepEqual(await visibleValues(kafka, 'out'), ['0', '1'], where)
      }
    }
  }
})

test('a coordinator that forgets a transaction while it ends it: it is there once, acknowledged or not, whoever goes on', async () => {
  for (const acknowledged of [true, false]) {
    for (const who of ['the same', 'another'] as const) {
      const kafka = new FakeKafka()
      let forgets = false
      let fails = false
      const owner = transactor(kafka, 'lease', (step, when) => {
        if (fails) throw createErrorFromCode(REQUEST_TIMED_OUT)
        if (!forgets || step !== 'EndTxn' || when !== 'before') return
        forgets = false
        if (acknowledged) kafka.forgetsNext = true
        else {
          kafka.forget()
          throw createErrorFromCode(REQUEST_TIMED_OUT)
        }
      })
      await owner.open()
      await owner.commit([output('a')], { next: 1, replayFrom: 0 })
      const [b, c] = [[output('b'), output('b', 1)], [output('c')]]
      forgets = true
      const committing = owner.commit(b, { next: 2, replayFrom: 0 })
      if (acknowledged) {
        await committing
        fails = true
        await assert.rejects(owner.commit(c, { next: 3, replayFrom: 0 }), Retryable)
        fails = false
      } else await assert.rejects(committing, Retryable)
      const next = who === 'the same' ? owner : transactor(kafka, 'lease')
      const position = next === owner ? null : await next.open()
      // As far as another owner can tell, what was not acknowledged was committed: then its position says so.
      if (position !== null) assert.deepEqual(position, { next: 2, replayFrom: 0 })
      else if (!acknowledged) await next.commit(b, { next: 2, replayFrom: 0 })
      await next.commit(c, { next: 3, replayFrom: 0 })
      const where = `${acknowledged ? 'acknowledged' : 'in doubt'}, ${who} owner goes on`
      assert.deepEqual(await visibleValues(kafka, 'out'), ['a', 'b', 'c'], where)
      assert.deepEqual(await visibleValues(kafka, 'out', 1), ['b'], where)
    }
  }
})

test('callers that share a writer: each of its appends is there once, also when another caller comes before the repetition', async () => {
  for (let seed = 0; seed < 15; seed++) {
    const random = mulberry32(seed)
    const kafka = new FakeKafka()
    const shared = transactor(kafka, 'writer', faults(random, 0.08))
    await untilDone(() => shared.open())
    const writer = new KafkaWriter(shared, async () => {})
    const caller = async (name: string): Promise<void> => {
      for (let i = 0; i < 8; i++) {
        const records = [output(`${name}${i}`)]
        await untilDone(() => writer.append(records))
      }
    }
    await Promise.all(['a', 'b', 'c'].map(caller))
    const expected = ['a', 'b', 'c'].flatMap(name => Array.from({ length: 8 }, (_, i) => `${name}${i}`))
    assert.deepEqual((await visibleValues(kafka, 'out')).sort(), expected, `seed ${seed}`)
  }
})

test('a lease that asks for something else in place of a commit that went through is a bug, and is told so', async () => {
  const kafka = new FakeKafka()
  let lose = false
  const owner = transactor(kafka, 'lease', (step, when) => {
    if (lose && step === 'EndTxn' && when === 'after') throw createErrorFromCode(REQUEST_TIMED_OUT)
  })
  await owner.open()
  lose = true
  await assert.rejects(owner.commit([output('a')], { next: 1, replayFrom: 0 }), Retryable)
  lose = false
  await assert.rejects(owner.commit([output('b')], { next: 1, replayFrom: 0 }), /another one was asked for/)
  assert.deepEqual(await visibleValues(kafka, 'out'), ['a'])
})

test('who is opened later fences who was there, whatever that one had under way', async () => {
  const kafka = new FakeKafka()
  const old = transactor(kafka, 'lease')
  await old.open()
  await old.commit([output('a')], { next: 1, replayFrom: 0 })
  const fresh = transactor(kafka, 'lease')
  assert.deepEqual(await fresh.open(), { next: 1, replayFrom: 0 })
  const zombie = [output('zombie')]
  await assert.rejects(old.commit(zombie, { next: 2, replayFrom: 0 }), Fenced)
  await assert.rejects(old.commit(zombie, { next: 2, replayFrom: 0 }), Fenced)
  await fresh.commit([output('b')], { next: 2, replayFrom: 0 })
  assert.deepEqual(await visibleValues(kafka, 'out'), ['a', 'b'])
})

test('a message that the broker finds too large is refused, holds nothing back, and the next commit goes through', async () => {
  const kafka = new FakeKafka()
  let small = false
  const owner = transactor(kafka, 'lease', (step, when) => {
    if (small && step === 'Produce' && when === 'after') throw createErrorFromCode(MESSAGE_TOO_LARGE)
  })
  await owner.open()
  small = true
  await assert.rejects(owner.commit([output('large')], { next: 1, replayFrom: 0 }), { reason: 'record-too-large' })
  assert.deepEqual([...kafka.log('out', 0).open], [])
  small = false
  await owner.commit([output('small')], { next: 1, replayFrom: 0 })
  assert.deepEqual(await visibleValues(kafka, 'out'), ['small'])
})

test('a writer that is forgotten leaves no mark', async () => {
  const kafka = new FakeKafka()
  const writer = transactor(kafka, 'writer')
  await writer.open()
  await writer.commit([output('a')], NO_POSITION)
  const marks = new Marks(kafka.calls(), decompress, TRANSACTIONS)
  assert.equal((await marks.read()).size, 1)
  await writer.forget()
  assert.equal((await marks.read()).size, 0)
})

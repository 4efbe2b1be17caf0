import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { emptyIntakeStats, type IntakeStats, runIntake } from '../intake.ts'
import {
  encode,
  GuardedBus,
  logged,
  numbersTo,
  PARTITIONS,
  ROUND_BYTES,
  SOURCE,
  sourceOf,
  turns,
} from './live.test-support.ts'
import type { Shedding } from './shed.ts'
import { Spill } from './spill.ts'

const never = new AbortController().signal
const away = new Retryable('away', 'no broker')
const BACKOFF = { firstMs: 1, maxMs: 1, sleep: () => turns(1) }

const flowOf = (own: Partial<Shedding>): Shedding => ({
  kind: 'shed',
  queueBytes: 4 * ROUND_BYTES,
  appendBytes: ROUND_BYTES,
  flushMs: 1000,
  spill: null,
  sleep: (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
  ...own,
})

test('a source is read on while the log does not answer; what finds the queue full is dropped and told to the ledger', async () => {
  await using bus = await GuardedBus.open()
  const answer = Promise.withResolvers<void>()
  bus.before = () => answer.promise
  const stats = emptyIntakeStats()
  // The eleventh read happens although the first round is not in the log yet. Then the log answers.
  const producer = sourceOf(20, 0, async n => {
    if (n < 11) return
    answer.resolve()
    await turns(20)
  })
  assert.equal(await runIntake({ producer, bus, encode, backoff: BACKOFF, stats, flow: flowOf({}) }, never), true)
  const { packets, ended, ledger } = await logged(bus, 'dropped')
  const kept = [1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
  assert.deepEqual(packets, Array(PARTITIONS).fill(kept))
  assert.ok(ended)
  assert.deepEqual(
    stats.dropped,
    new Map([['queue-full', { bytes: 6 * PARTITIONS * 1000, segments: 6 * PARTITIONS * 2 }]]),
  )
  assert.equal(ledger.get('dropped'), 6 * PARTITIONS * 1000)
  assert.equal(ledger.get('captured'), 20 * PARTITIONS * 1054)
  assert.equal(stats.queuedBytes, 0)
})

test('what the producer found a fate for keeps it when its round is dropped', async () => {
  await using bus = await GuardedBus.open()
  const answer = Promise.withResolvers<void>()
  bus.before = () => answer.promise
  const live = sourceOf(8, 0, async n => void (n === 8 && answer.resolve()))
  const producer = {
    ...live,
    read: async (signal: AbortSignal) => {
      const captured = await live.read(signal)
      if (captured === null) return null
      const batches = captured.batches.map(({ partition, batch }) => {
        const ledger = { ...batch.ledger, captured: batch.ledger.captured! + 30, unsupported: 20, damaged: 10 }
        return { partition, batch: { ...batch, ledger } }
      })
      return { ...captured, batches }
    },
  }
  await runIntake({ producer, bus, encode, backoff: BACKOFF, stats: emptyIntakeStats(), flow: flowOf({}) }, never)
  const { ledger } = await logged(bus, 'fates')
  const { inspected: _, ...counts } = { inspected: 0, ...ledger.counts() }
  assert.deepEqual(counts, {
    captured: 8 * PARTITIONS * 1084,
    framing: 8 * PARTITIONS * 54,
    unsupported: 8 * PARTITIONS * 20,
    damaged: 8 * PARTITIONS * 10,
    dropped: 3 * PARTITIONS * 1000,
  })
})

test('the round that ends the source is never dropped', async () => {
  await using bus = await GuardedBus.open()
  const answer = Promise.withResolvers<void>()
  bus.before = () => answer.promise
  const producer = sourceOf(9, 0, async n => void (n === 10 && answer.resolve()))
  const stats = emptyIntakeStats()
  await runIntake({ producer, bus, encode, backoff: BACKOFF, stats, flow: flowOf({}) }, never)
  const { packets, ended } = await logged(bus, 'end')
  assert.deepEqual(packets[0], [1, 2, 3, 4, 9])
  assert.ok(ended)
})

test('a stop brings what is queued into the log; what the log does not take in time is counted', async () => {
  for (const answers of [true, false]) {
    await using bus = await GuardedBus.open()
    const stop = new AbortController()
    const stopped = Promise.withResolvers<void>()
    bus.before = async () => {
      await stopped.promise
      if (!answers) await new Promise(() => {})
    }
    const producer = sourceOf(100, 0, async n => {
      if (n < 4) return
      stop.abort()
      stopped.resolve()
      await new Promise((_, reject) => setImmediate(reject, new Error('aborted')))
    })
    const stats = emptyIntakeStats()
    const flow = flowOf(answers ? {} : { sleep: () => turns(1) })
    assert.equal(await runIntake({ producer, bus, encode, backoff: BACKOFF, stats, flow }, stop.signal), false)
    const { packets } = await logged(bus, 'stop')
    assert.deepEqual(packets[0], answers ? [1, 2, 3] : [])
    const lost = { bytes: 3 * PARTITIONS * 1000, segments: 3 * PARTITIONS * 2 }
    assert.deepEqual(stats.dropped, answers ? new Map() : new Map([['stopped', lost]]))
    assert.equal(stats.finished, false)
  }
})

test('what was dropped last is told to the ledger at a stop, with the position behind it', async () => {
  await using bus = await GuardedBus.open()
  const stop = new AbortController()
  const stopped = Promise.withResolvers<void>()
  bus.before = () => stopped.promise
  const producer = sourceOf(100, 0, async n => {
    if (n < 8) return
    stop.abort()
    stopped.resolve()
    await new Promise((_, reject) => setImmediate(reject, new Error('aborted')))
  })
  const stats = emptyIntakeStats()
  await runIntake({ producer, bus, encode, backoff: BACKOFF, stats, flow: flowOf({}) }, stop.signal)
  const { packets, ledger, position } = await logged(bus, 'last')
  assert.deepEqual(packets[0], [1, 2, 3, 4])
  assert.equal(ledger.get('dropped'), 3 * PARTITIONS * 1000)
  assert.equal(position, 7)
})

test('an error of the input is thrown when all before it is in the log; one of the log ends the reading', async () => {
  await using bus = await GuardedBus.open()
  bus.before = () => turns(3)
  const failing = (error: Error) => sourceOf(100, 0, async n => (n === 4 ? Promise.reject(error) : turns(1)))
  const intake = (producer: ReturnType<typeof sourceOf>) => ({
    ...{ producer, bus, encode, backoff: BACKOFF, stats: emptyIntakeStats(), flow: flowOf({}) },
  })
  await assert.rejects(runIntake(intake(failing(new Refused('damaged', 'cut off'))), never), /cut off/)
  assert.deepEqual((await logged(bus, 'refused')).packets[0], [1, 2, 3])
  bus.before = () => Promise.reject(new Error('a bug in the log'))
  await assert.rejects(runIntake(intake(sourceOf(1e9, 0, () => turns(1))), never), /a bug in the log/)
})

/** Random log, random queue: sometimes away, sometimes slow, with and without a spill that is sometimes full. */
async function randomRun(seed: number): Promise<{ stats: IntakeStats; dropped: number; spilled: boolean }> {
  const random = mulberry32(seed)
  const below = (end: number): number => Math.floor(random() * end)
  const message = `seed ${seed}`
  const last = 20 + below(60)
  const queueBytes = (1 + below(8)) * ROUND_BYTES
  await using bus = await GuardedBus.open()
  await using spillBus = new MemoryBus({ hook: op => spillHook(op) })
  const withSpill = random() < 0.7
  const fullness = random() < 0.5 ? 0 : random()
  let spilled = false
  const spillHook = (op: string): void => {
    if (op !== 'append' || !spillReady) return
    if (random() < fullness) throw new Retryable('log-full', 'no room')
    spilled = true
  }
  let spillReady = false
  const spill = withSpill ? await Spill.open({ bus: spillBus, trim: async () => {} }, bus, SOURCE) : null
  spillReady = true
  let isAway = false
  bus.before = async () => {
    assert.ok(stats.queuedBytes <= queueBytes + 2 * ROUND_BYTES, message)
    await turns(below(4))
    if (random() < 0.15) isAway = !isAway
    if (isAway && random() < 0.95) throw away
  }
  const stats = emptyIntakeStats()
  const producer = sourceOf(last, 0, async n => {
    // Only the round that ends the source may be beyond the bound.
    assert.ok(n > last || stats.queuedBytes <= queueBytes, `${message}: ${stats.queuedBytes} of ${queueBytes}`)
    await turns(below(3))
  })
  const flow = flowOf({ queueBytes, appendBytes: (1 + below(4)) * ROUND_BYTES, spill })
  assert.equal(await runIntake({ producer, bus, encode, backoff: BACKOFF, stats, flow }, never), true, message)
  const { packets, ended, ledger, position } = await logged(bus, message)
  for (const numbers of packets) {
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].toSorted((x, y) => x - y),
      `${message}: in order, once`,
    )
  }
  const segments = packets.flat().length
  const dropped = [...stats.dropped.values()].reduce((sum, loss) => sum + loss.bytes, 0)
  assert.ok(ended, message)
  assert.equal(position, last, message)
  assert.equal(ledger.get('captured'), last * PARTITIONS * 1054, message)
  assert.equal(ledger.get('dropped'), dropped, message)
  assert.equal(segments * 1000 + dropped, last * PARTITIONS * 1000, message)
  if (dropped === 0) assert.deepEqual(packets[0], numbersTo(last), message)
  assert.deepEqual([stats.queuedBytes, stats.spilledBytes], [0, 0], message)
  await spill?.[Symbol.asyncDispose]()
  return { stats, dropped, spilled }
}

test('whatever the log does, every byte is in it once and in order, or dropped and counted; memory stays bounded', async () => {
  const reasons = new Set<string>()
  let spilled = 0
  let whole = 0
  for (let seed = 1; seed <= 80; seed++) {
    const run = await randomRun(seed)
    for (const reason of run.stats.dropped.keys()) reasons.add(reason)
    if (run.spilled) spilled++
    if (run.spilled && run.dropped === 0) whole++
  }
  assert.deepEqual([...reasons].toSorted(), ['queue-full', 'spill-full'], 'both were tried')
  assert.ok(spilled > 20 && whole > 5, `${spilled} runs spilled, ${whole} of them lost nothing`)
})

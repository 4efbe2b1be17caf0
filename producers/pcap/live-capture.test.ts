import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refused } from '#schemas/contracts/errors.ts'
import type { ProducerHost } from '#schemas/contracts/producer.ts'
import {
  chunkOf,
  FakeEngine,
  FakeMachine,
  type Happening,
  host,
  OPTIONS,
  reads,
  START,
  seen,
} from './fake.test-support.ts'
import { LiveCapture, TICK_LAG_MS } from './live-capture.ts'

const NEVER = new AbortController().signal

function capture(
  script: readonly Happening[],
  changes: Partial<ProducerHost> = {},
  position = { packets: 0, time: 0 },
) {
  const machine = new FakeMachine()
  const engine = new FakeEngine(machine, script)
  const producer = new LiveCapture(engine, OPTIONS, host(changes), position, machine)
  return { machine, engine, producer }
}

describe('batches', () => {
  test('packets wait for more until the delay is over', async () => {
    const { producer, machine } = capture([
      { at: 0, chunk: chunkOf(['a'], 0) },
      { at: 60, chunk: chunkOf(['b'], 60, false) },
      { at: 120, chunk: chunkOf(['c'], 120, false) },
    ])
    const [first, second] = await reads(producer, 2)
    assert.deepEqual(first?.events, ['tick@0', '1:a', '2:b'])
    assert.deepEqual(second?.events, ['3:c'])
    assert.equal(machine.ms, START + 220)
  })

  test('half a packet is no reason to return', async () => {
    const chunk = chunkOf(['a'], 0)
    const { producer } = capture([
      { at: 0, chunk: chunk.subarray(0, 30) },
      { at: 5000, chunk: chunk.subarray(30, 50) },
      { at: 9000, chunk: chunk.subarray(50) },
    ])
    const events = (await reads(producer, 20)).flatMap(one => one.events)
    assert.ok(events.includes('1:a'), events.join(' '))
  })

  test('a full batch does not wait', async () => {
    const { producer, machine } = capture([{ at: 0, chunk: chunkOf(['a', 'b'], 0) }], { batchBytes: 100 })
    const [first] = await reads(producer, 1)
    assert.deepEqual(first?.events, ['tick@0', '1:a', '2:b'])
    assert.equal(machine.ms, START)
  })

  test('numbers and time go on after a restart', async () => {
    const before = capture([{ at: 0, chunk: chunkOf(['a', 'b'], 0) }])
    const [{ position } = { position: null }] = await reads(before.producer, 1)
    assert.deepEqual(position, { packets: 2, time: START * 1000 })
    const script = [{ at: 10, chunk: chunkOf(['c'], 10) }]
    const after = capture(script, {}, position as { packets: number; time: number })
    assert.deepEqual((await reads(after.producer, 1))[0]?.events, ['3:c'], 'the second has had its tick')
  })

  test('a stop gives what is there, or throws its reason', async () => {
    const { producer, engine } = capture([{ at: 0, chunk: chunkOf(['a'], 0) }])
    const stop = new AbortController()
    engine.wait = async () => stop.abort(new Error('stop'))
    const captured = await producer.read(stop.signal)
    assert.deepEqual(captured && seen(captured).events, ['tick@0', '1:a'])
    await assert.rejects(producer.read(stop.signal), /^Error: stop$/)
    const again = new AbortController()
    engine.wait = async () => again.abort(new Error('again'))
    await assert.rejects(async () => {
      for (;;) await producer.read(again.signal)
    }, /^Error: again$/)
    await producer[Symbol.asyncDispose]()
    assert.ok(engine.disposed)
  })
})

describe('time', () => {
  test('without traffic there is a tick a second in every partition, at a distance to the clock', async () => {
    const { producer, machine } = capture([], { partitions: 2 })
    const all = await reads(producer, 4)
    const [first, ...ticks] = all.map(({ events }) => events)
    assert.deepEqual(first, [`tick@${-TICK_LAG_MS}`, `tick@${-TICK_LAG_MS}`])
    assert.deepEqual(
      ticks,
      [-1000, 0, 1000].map(ms => [`tick@${ms}`, `tick@${ms}`]),
    )
    assert.equal(machine.ms, START + 1000 + TICK_LAG_MS)
  })

  test('a packet that was on its way for a second comes before the tick of the next one', async () => {
    const { producer } = capture([{ at: 1900, chunk: chunkOf(['late'], 900) }])
    const events = (await reads(producer, 8)).flatMap(one => one.events)
    const late = events.indexOf('1:late')
    assert.ok(late > 0 && events.indexOf('tick@1000') > late, events.join(' '))
  })
})

describe('engines', () => {
  test('the interface has gone: everything before, an end in every partition, then null', async () => {
    const script = [
      { at: 0, chunk: chunkOf(['a'], 0) },
      { at: 50, over: 'The interface disappeared' },
    ]
    const { producer, machine } = capture(script, { partitions: 2 })
    machine.present = false
    const events = (await reads(producer, 9)).flatMap(one => one.events)
    assert.deepEqual(events.toSorted(), ['1:a', 'end', 'end', 'tick@0', 'tick@0'])
    assert.equal(await producer.read(NEVER), null)
  })

  test('an engine that ended is replaced, and its counters are kept', async () => {
    const { producer, machine, engine } = capture([{ at: 0, over: 'killed' }])
    Object.assign(engine, { received: 10, dropped: 3 })
    const second = new FakeEngine(machine, [{ at: 1000, chunk: chunkOf(['b'], 1000) }])
    Object.assign(second, { received: 5, dropped: 1 })
    machine.starts.push(
      () => {
        throw new Refused('x', 'not yet')
      },
      () => second,
    )
    machine.cardLost = 5
    const events = (await reads(producer, 5)).flatMap(one => one.events)
    assert.ok(events.includes('1:b'), events.join(' '))
    assert.ok(engine.disposed)
    machine.cardLost = 7
    const { received, restarts, packets, ...rest } = producer.stats()
    assert.deepEqual({ received, restarts, packets }, { received: 15, restarts: 2, packets: 1 })
    assert.deepEqual([rest['drops.kernel'], rest['drops.interface']], [4, 2])
  })

  test('one that is not understood any more is replaced, too', async () => {
    const { producer, machine } = capture([{ at: 0, chunk: Buffer.alloc(24) }])
    machine.starts.push(() => new FakeEngine(machine, [{ at: 1000, chunk: chunkOf(['b'], 1000) }]))
    const events = (await reads(producer, 3)).flatMap(one => one.events)
    assert.ok(events.includes('1:b'), events.join(' '))
  })

  test('engines that only end are given up: an end, then the reason', async () => {
    const { producer, machine } = capture([{ at: 0, over: 'x' }])
    machine.starts.push(() => new FakeEngine(machine, [{ at: 0, over: 'broken machine' }]))
    const [only] = await reads(producer, 1)
    assert.deepEqual(only?.events, ['end'])
    await assert.rejects(producer.read(NEVER), { name: 'Refused', message: /broken machine/ })
  })

  test('so are engines that cannot be started any more', async () => {
    const { producer, machine } = capture([{ at: 0, over: 'x' }])
    machine.starts.push(() => {
      throw new Refused('no-permission', 'the right was taken away')
    })
    await reads(producer, 1)
    await assert.rejects(producer.read(NEVER), { name: 'Refused', reason: 'no-permission' })
  })

  test('a stop while waiting for another engine', async () => {
    const { producer, machine } = capture([{ at: 0, over: 'x' }])
    const stop = new AbortController()
    machine.sleep = async () => stop.abort(new Error('stop'))
    await assert.rejects(producer.read(stop.signal), /^Error: stop$/)
    assert.equal(machine.started, 0)
  })

  test('counters that the engine does not know are not told', () => {
    const { producer } = capture([])
    assert.deepEqual(producer.stats(), { packets: 0, segments: 0, restarts: 0, 'drops.interface': 0 })
  })
})

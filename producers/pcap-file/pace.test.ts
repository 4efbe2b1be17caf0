import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { pcap } from '#test/driver/captures.ts'
import { CaptureFile } from './capture-file.ts'
import spec from './index.ts'
import { openPath } from './opening.ts'
import type { Clock } from './pace.ts'
import { drain, frames, host, scratch } from './read-all.test-support.ts'

/** A clock that only sleeping moves. */
class FakeClock implements Clock {
  time = 5000
  readonly slept: number[] = []

  now(): number {
    return this.time
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.slept.push(milliseconds)
    this.time += milliseconds
  }
}

async function open(path: string, speed: number, clock: Clock): Promise<CaptureFile> {
  const opened = await openPath(path, host(), null)
  return new CaptureFile(opened, { ...spec.config.parse({ path }), speed }, host(), clock)
}

const START = 1_700_000_000_200_000
const capture = (gap: number) => pcap(frames(['one', 'two', 'three'], START, gap))

describe('pace', () => {
  for (const [speed, slept] of [
    [1, [400, 400]],
    [4, [100, 100]],
    [0.5, [800, 800]],
    [0, []],
  ] as const) {
    test(`speed ${speed}`, async () => {
      using directory = scratch()
      const clock = new FakeClock()
      await using producer = await open(directory.path('a', capture(400_000)), speed, clock)
      const { reads } = await drain(producer)
      assert.deepEqual(
        clock.slept.filter(ms => ms > 0),
        slept.filter(ms => ms > 0),
      )
      assert.equal(reads.length, speed === 0 ? 1 : 3)
    })
  }

  test('gives a packet out when it is due and not before', async () => {
    using directory = scratch()
    const clock = new FakeClock()
    await using producer = await open(directory.path('a', capture(400_000)), 1, clock)
    const { signal } = new AbortController()
    await producer.read(signal)
    assert.equal(clock.time, 5000)
    await producer.read(signal)
    assert.equal(clock.time, 5400)
  })

  test('ticks every second of a silence', async () => {
    using directory = scratch()
    const clock = new FakeClock()
    await using producer = await open(directory.path('a', capture(2_500_000)), 1, clock)
    const { events } = await drain(producer)
    const inSeconds = events.map(event => event.replace(/@17000000(\d\d)(\d).*/, '@$1.$2'))
    assert.deepEqual(inSeconds, [
      ...['tick@00.0', '1:one@00.2', 'tick@01.0', 'tick@02.0', '2:two@02.7'],
      ...['tick@03.0', 'tick@04.0', 'tick@05.0', '3:three@05.2', 'end@05.2'],
    ])
    assert.deepEqual(clock.slept, [800, 1000, 700, 300, 1000, 1000, 200])
  })

  test('a packet held back is not lost when the wait is aborted or the source restarted', async () => {
    using directory = scratch()
    const path = directory.path('a', capture(400_000))
    const controller = new AbortController()
    const clock: Clock = {
      now: () => 0,
      sleep: async (_, signal) => {
        controller.abort(new Error('stop'))
        signal.throwIfAborted()
      },
    }
    await using producer = await open(path, 1, clock)
    const first = await producer.read(controller.signal)
    await assert.rejects(producer.read(controller.signal), /stop/)
    await using restarted = await spec.open(spec.config.parse({ path }), host({ position: first!.position }))
    const { events } = await drain(restarted)
    assert.deepEqual(
      events.map(event => event.slice(0, 5)),
      ['2:two', 'tick@', '3:thr', 'end@1'],
    )
  })

  test('what came through a pipe is given out while the pipe is silent, and waiting can be aborted', async () => {
    const stdin = new PassThrough()
    stdin.write(capture(400_000).subarray(0, -10))
    const producer = await spec.open(spec.config.parse({ path: '-' }), host({ stdin }))
    const { signal } = new AbortController()
    const first = await producer.read(signal)
    assert.deepEqual(
      first!.batches.map(({ batch }) => batch.count),
      [3],
    )
    const controller = new AbortController()
    const waiting = producer.read(controller.signal)
    controller.abort(new Error('stop'))
    await assert.rejects(waiting, /stop/)
    stdin.end(capture(400_000).subarray(-10))
    const { events } = await drain(producer)
    assert.deepEqual(events, ['tick@1700000001000000', '3:three@1700000001000000', 'end@1700000001000000'])
  })

  test('a pipe that is being waited for is let go when the producer is closed', async () => {
    const stdin = new PassThrough()
    const producer = await spec.open(spec.config.parse({ path: '-' }), host({ stdin }))
    const controller = new AbortController()
    const waiting = producer.read(controller.signal)
    controller.abort(new Error('stop'))
    await assert.rejects(waiting, /stop/)
    await producer[Symbol.asyncDispose]()
    assert.equal(stdin.destroyed, true)
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refused } from '#schemas/contracts/errors.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import { connection, data, event, FakeAgent, frame, hello, log, said } from './agent.test-support.ts'
import { Agents } from './agents.ts'
import { Capture } from './capture.ts'
import { Connections } from './connections.ts'
import { Dispatch } from './dispatch.ts'
import { Outlet } from './outlet.ts'
import type { Watched } from './watched.ts'

/** Knows nothing and wants everything; says one line for each event that it hears. */
class Listener {
  readonly #news: string[] = []
  begins = 0
  begin(): string[] {
    this.begins++
    return ['default both']
  }
  lines(): string[] {
    return this.#news.splice(0)
  }
  event({ event: name }: { event: string }): void {
    this.#news.push(`heard ${name}`)
  }
  stats(): Record<string, number> {
    return {}
  }
}

/** A capture whose agents are these, in order; when there is none left, none can be started. */
async function captureOf(...agents: readonly FakeAgent[]) {
  const left = [...agents]
  const sleeps: number[] = []
  const warnings: string[] = []
  let now = 0
  const watched = new Listener()
  const outlet = new Outlet({
    sensor: 's',
    source: 'host',
    partitions: 2,
    flowHashKey: new Uint8Array(8),
    batchBytes: 4096,
    time: 0,
    number: 0,
  })
  const connections = new Connections(outlet, { most: 10, wants: () => true, describe: () => undefined })
  const dispatch = new Dispatch(connections, watched as unknown as Watched, outlet, new WallClock())
  const machine = {
    start: () => left.shift() ?? new FakeAgent([log('fatal', 'no more agents')], true),
    now: () => now,
    sleep: async (ms: number, signal: AbortSignal) => {
      sleeps.push(ms)
      now += ms
      // As setTimeout, which an abort ends.
      if (!signal.aborted) await new Promise(resolve => setImmediate(resolve))
    },
  }
  const supervised = new Agents(machine, dispatch.handle)
  await supervised.start()
  const news = { stats: () => ({}), [Symbol.asyncDispose]: async () => {} }
  const capture = new Capture({
    agents: supervised,
    dispatch,
    connections,
    watched: watched as unknown as Watched,
    outlet,
    clock: new WallClock(),
    news,
    batchBytes: 4096,
    delayMs: 5,
    warn: what => warnings.push(what),
  })
  return { capture, warnings, watched, sleeps, past: (ms: number) => (now += ms) }
}

const SIGNAL = new AbortController().signal

/** Reads until `enough` of what flows is there. */
async function read(capture: Capture, enough: number): Promise<string[]> {
  const found: string[] = []
  while (found.length < enough) found.push(...said((await capture.read(SIGNAL))!.batches))
  return found
}

describe('a capture', () => {
  test('reads what the agent says, and tells it what follows from that', async () => {
    const agent = new FakeAgent([hello(), connection(), data(0, 0, 'GET')])
    const { capture } = await captureOf(agent)
    assert.deepEqual(await read(capture, 2), ['about SYN 0 {"client":0}', '0 GET @0'])
    agent.add(event({ event: 'exec', pid: 1, comm: 'a', cgroup: '1' }), data(1, 0, '200'))
    assert.deepEqual(await read(capture, 1), ['1 200 @0'])
    assert.deepEqual(agent.told, ['default both', 'heard exec'])
    await capture[Symbol.asyncDispose]()
    assert.equal(agent.disposed, true)
  })

  test('ticks without traffic, in every partition', async () => {
    const { capture } = await captureOf(new FakeAgent([hello()]))
    const { batches, position } = (await capture.read(SIGNAL))!
    const kinds = batches.map(({ partition, batch }) => {
      const segment = new Segment().reset(batch)
      segment.next()
      return [partition, segment.kind]
    })
    assert.deepEqual(kinds, [
      [0, KIND.tick],
      [1, KIND.tick],
    ])
    assert.ok((position as { time: number }).time > 0)
    await capture[Symbol.asyncDispose]()
  })

  test('a stop ends the read', async () => {
    const { capture } = await captureOf(new FakeAgent([hello()]))
    await capture.read(SIGNAL)
    const stop = new AbortController()
    const reading = capture.read(stop.signal)
    stop.abort(new Error('stopped'))
    await assert.rejects(async () => {
      await reading
      await capture.read(stop.signal)
    }, /stopped/)
    await capture[Symbol.asyncDispose]()
  })

  for (const [how, last, why] of [
    ['dies', [], 'exit status 1'],
    [
      'says what cannot be understood',
      [Buffer.from([1, 0, 0, 0])],
      'it says what cannot be understood: a frame of 1 bytes',
    ],
    ['greets once more', [hello()], 'it says what cannot be understood: a second hello'],
  ] as const) {
    test(`an agent that ${how} is replaced, its connections are counted`, async () => {
      const first = new FakeAgent([hello(), connection(), data(0, 0, 'GET'), ...last])
      const second = new FakeAgent([hello(), connection({ received: 9 }, { flags: 1 }), data(0, 9, 'PUT')])
      const { capture, watched, warnings } = await captureOf(first, second)
      if (last.length === 0) first.die()
      assert.deepEqual(await read(capture, 4), [
        'about SYN 0 {"client":0}',
        '0 GET @0',
        'about 0 {"client":0}',
        '0 PUT @9',
      ])
      assert.equal(first.disposed, true)
      assert.equal(watched.begins, 2)
      assert.deepEqual(second.told, ['default both'])
      const { restarts, 'connections.orphaned': orphaned } = capture.stats()
      assert.deepEqual([restarts, orphaned], [1, 1])
      assert.deepEqual(warnings, [
        `the agent ended (${why}), another one goes on; what was open continues under new ids`,
      ])
      await capture[Symbol.asyncDispose]()
    })
  }

  test('agents that end again and again end the capture, with what the last one said', async () => {
    const first = new FakeAgent([hello()], true)
    const { capture, sleeps } = await captureOf(first)
    let ends = 0
    const reading = async (): Promise<void> => {
      for (;;) {
        const { batches } = (await capture.read(SIGNAL))!
        for (const { batch } of batches) {
          const segment = new Segment().reset(batch)
          while (segment.next()) if (segment.kind === KIND.end) ends++
        }
      }
    }
    await assert.rejects(reading, (error: unknown) => error instanceof Refused && /no more agents/.test(error.message))
    assert.equal(ends, 2)
    assert.deepEqual(sleeps.slice(0, 7), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    assert.equal(sleeps.length, 20)
    await assert.rejects(capture.read(SIGNAL), Refused)
    await capture[Symbol.asyncDispose]()
  })
})

describe('an agent that does not begin', () => {
  const cases: readonly (readonly [what: string, agent: FakeAgent, says: RegExp])[] = [
    [
      'says why',
      new FakeAgent([log('fatal', 'CAP_BPF is missing: run as root')], true),
      /^CAP_BPF is missing: run as root$/,
    ],
    ['ends without a word', new FakeAgent([], true), /exit status 1/],
    ['is of another version', new FakeAgent([hello({ version: 2 })]), /protocol version 2, not 1/],
    ['speaks before it greets', new FakeAgent([connection()]), /type 2 before hello/],
    ['is something else', new FakeAgent([Buffer.from('Usage: true [ignored command line arguments]\n')]), /a frame of/],
    ['greets in another tongue', new FakeAgent([frame(1, Buffer.from('hello'))]), /no JSON/],
  ]
  for (const [what, agent, says] of cases) {
    test(what, async () => {
      await assert.rejects(captureOf(agent), (error: unknown) => error instanceof Refused && says.test(error.message))
      assert.equal(agent.disposed, true)
    })
  }
})

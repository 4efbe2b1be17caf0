/** The spill on the real embedded log: crash points, restarts, its bound, and what a new one has to do with an old one. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type EmbeddedBus, openEmbedded } from '#infra/bus/embedded/index.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { emptyIntakeStats, runIntake } from '../intake.ts'
import { encode, GuardedBus, logged, numbersTo, ROUND_BYTES, SOURCE, sourceOf, turns } from './live.test-support.ts'
import { Spill, type SpillLog, spilledSources } from './spill.ts'

const LAST = 18
const BACKOFF = { firstMs: 1, maxMs: 1, sleep: () => turns(1) }
const never = new AbortController().signal

interface Place extends Disposable {
  open(maxBytes?: number): Promise<EmbeddedBus>
}

function place(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-spill-'))
  return {
    open: (maxBytes = 1 << 30) =>
      openEmbedded({ directory, partitions: 1, durability: 'process', limits: { maxBytes, reserveBytes: 0 } }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

const spillLogOf = (bus: EmbeddedBus): SpillLog => ({ bus, trim: () => bus.enforceRetention() })

/** Lets `steps` things happen. The next one is never heard of again, and no later one is begun: the process is gone. */
class Fate {
  left: number
  readonly #gone = Promise.withResolvers<void>()
  constructor(steps: number) {
    this.left = steps
  }

  get gone(): Promise<void> {
    return this.#gone.promise
  }

  /** A crash may come before what `happens`, or after it. */
  async step<T>(happens: () => Promise<T>): Promise<T> {
    await this.#pass()
    const result = await happens()
    await this.#pass()
    return result
  }

  async #pass(): Promise<void> {
    if (this.left-- > 0) return
    this.#gone.resolve()
    await new Promise(() => {})
  }
}

/** The bus as a process sees it that ends when its fate says so. `before` each append it may be late, or away. */
function doomed(bus: Bus, fate: Fate, before: () => Promise<void> = async () => {}): Bus {
  return new Proxy(bus, {
    get(target, name) {
      if (name === 'append')
        return async (records: Parameters<Bus['append']>[0]) => {
          await before()
          return fate.step(() => target.append(records))
        }
      if (name === 'join')
        return (...[group, topic, run, options]: Parameters<Bus['join']>) =>
          target.join(
            group,
            topic,
            lease =>
              run({
                ...{ group, topic, partition: lease.partition, committed: lease.committed, signal: lease.signal },
                poll: (bytes, ms) => lease.poll(bytes, ms),
                commit: unit => fate.step(() => lease.commit(unit)),
              }),
            options,
          )
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

interface Life {
  readonly steps: number
  /** The main log is away until so many rounds were read in this life. */
  readonly awayUntil: number
}

/** One life of a process: to its end, or to its crash. True: the source ended, and all is in the log. */
async function live(main: GuardedBus, at: Place, { steps, awayUntil }: Life): Promise<boolean> {
  const fate = new Fate(Number.POSITIVE_INFINITY)
  const embedded = await at.open()
  try {
    let away = true
    const late = async (): Promise<void> => {
      await turns(1)
      if (away && fate.left >= 0) throw new Retryable('away', 'no broker')
    }
    const log = { bus: doomed(embedded, fate), trim: () => fate.step(() => embedded.enforceRetention()) }
    const spill = await Spill.open(log, main, SOURCE)
    // What happens at the start is at stake in every life; what came from before is in the position.
    fate.left = steps
    const spilled = spill.newest.find(({ topic, key }) => topic === 'positions' && textOf(key) === SOURCE)
    const spilledPosition = spilled === undefined ? 0 : encodedPosition(spilled.value!)
    const position = Math.max((await logged(main, 'restart')).position, spilledPosition)
    const producer = sourceOf(LAST, position, async n => {
      away = n <= LAST && n - position < awayUntil
      await turns(2)
    })
    const run = runIntake(
      {
        ...{ producer, bus: doomed(main, fate, late), encode, backoff: BACKOFF, stats: emptyIntakeStats() },
        flow: { kind: 'shed', queueBytes: 3 * ROUND_BYTES, appendBytes: 2 * ROUND_BYTES, flushMs: 1000, spill },
      },
      never,
    )
    const finished = await Promise.race([run, fate.gone.then(() => false)])
    if (finished) assert.ok(spill.empty)
    return finished
  } finally {
    await embedded[Symbol.asyncDispose]()
  }
}

const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())

function encodedPosition(value: Uint8Array): number {
  return decodeRecord('positions', value).position as number
}

async function assertWhole(main: GuardedBus, message: string): Promise<void> {
  const { packets, ended, ledger } = await logged(main, message)
  for (const numbers of packets) assert.deepEqual(numbers, numbersTo(LAST), message)
  assert.ok(ended, message)
  assert.equal(ledger.get('dropped'), 0, message)
}

test('a crash at any point: what was spilled is in the log once, in order', async () => {
  let crashes = 0
  for (let steps = 0; ; steps++) {
    using at = place()
    await using main = await GuardedBus.open()
    const finished = await live(main, at, { steps, awayUntil: 12 })
    if (!finished) crashes++
    if (!finished) assert.ok(await live(main, at, { steps: Number.POSITIVE_INFINITY, awayUntil: 0 }))
    await assertWhole(main, `crash at step ${steps}`)
    if (finished) break
  }
  assert.ok(crashes > 40, `only ${crashes} crash points`)
})

test('nor do many crashes, with the log away again and again', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = mulberry32(seed)
    using at = place()
    await using main = await GuardedBus.open()
    for (let lives = 1; ; lives++) {
      const steps = lives > 12 ? Number.POSITIVE_INFINITY : Math.floor(random() * 30)
      if (await live(main, at, { steps, awayUntil: Math.floor(random() * 12) })) break
    }
    await assertWhole(main, `seed ${seed}`)
  }
})

test('a stop leaves what the log did not take in the spill, and its bytes are told after the restart', async () => {
  using at = place()
  await using main = await GuardedBus.open()
  const stop = new AbortController()
  {
    await using embedded = await at.open()
    await using spill = await Spill.open(spillLogOf(embedded), main, SOURCE)
    main.before = () => Promise.reject(new Retryable('away', 'no broker'))
    const producer = sourceOf(LAST, 0, async n => {
      await turns(1)
      if (n > 10) stop.abort()
    })
    const stats = emptyIntakeStats()
    const flow = { kind: 'shed', queueBytes: 3 * ROUND_BYTES, appendBytes: ROUND_BYTES, flushMs: 1, spill } as const
    const intake = { producer, bus: main, encode, backoff: BACKOFF, stats }
    assert.equal(await runIntake({ ...intake, flow: { ...flow, sleep: () => turns(2) } }, stop.signal), false)
    assert.deepEqual([stats.queuedBytes, stats.spilledBytes, stats.dropped.size], [0, 11 * ROUND_BYTES, 0])
  }
  assert.equal((await logged(main, 'away')).packets[0]!.length, 0)
  main.before = async () => {}
  assert.ok(await live(main, at, { steps: Number.POSITIVE_INFINITY, awayUntil: 0 }))
  await assertWhole(main, 'after the restart')
})

const MAX_BYTES = 40 * ROUND_BYTES

test('a full spill refuses, drops are counted as such, and it takes rounds again when it was emptied', async () => {
  using at = place()
  await using main = await GuardedBus.open()
  await using embedded = await at.open(MAX_BYTES)
  await using spill = await Spill.open(spillLogOf(embedded), main, SOURCE)
  let isAway = true
  main.before = async () => {
    await turns(1)
    if (isAway) throw new Retryable('away', 'no broker')
  }
  const stats = emptyIntakeStats()
  const producer = sourceOf(240, 0, async n => {
    await turns(1)
    assert.ok(embedded.stats()['stored.bytes']! <= MAX_BYTES)
    // Away for rounds 1 to 80 and 140 to 200; between, there is time enough to empty the spill.
    isAway = n < 80 || (n >= 140 && n < 200)
    if (n === 80 || n === 200) while (stats.spilledBytes > 0) await turns(1)
  })
  const flow = { kind: 'shed', queueBytes: 3 * ROUND_BYTES, appendBytes: ROUND_BYTES, flushMs: 1000, spill } as const
  assert.ok(await runIntake({ producer, bus: main, encode, backoff: BACKOFF, stats, flow }, never))
  const { packets, ledger } = await logged(main, 'full')
  const numbers = packets[0]!
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].toSorted((x, y) => x - y),
  )
  assert.deepEqual([...stats.dropped.keys()], ['spill-full'])
  assert.equal(ledger.get('dropped') + packets.flat().length * 1000, 240 * 3 * 1000)
  assert.ok(numbers.includes(20) && !numbers.includes(79) && numbers.includes(160) && !numbers.includes(199))
})

test('a spill that is made anew has nothing to do with the marks of the old one', async () => {
  await using main = await GuardedBus.open()
  for (let generation = 0; generation < 2; generation++) {
    using at = place()
    await using embedded = await at.open()
    await using spill = await Spill.open(spillLogOf(embedded), main, SOURCE)
    assert.deepEqual([spill.mark, spill.lastSeq, spill.empty, spill.bytes], [0, 0, true, 0])
    assert.deepEqual(await spilledSources(spillLogOf(embedded)), [])
    const record = { topic: 'segments', partition: 0, key: null, value: Buffer.from('x'), time: 5 }
    await spill.put([{ seq: 7, bytes: 100, records: [record, { ...record, value: null, key: Buffer.from('k') }] }])
    const { rounds } = await spill.head()
    assert.deepEqual(
      rounds.map(({ seq, bytes }) => [seq, bytes]),
      [[7, 100]],
    )
    assert.deepEqual(
      rounds[0]!.records.map(({ key, value }) => [textOf(key), textOf(value)]),
      [
        [null, 'x'],
        ['k', null],
      ],
    )
    assert.deepEqual(await spilledSources(spillLogOf(embedded)), [SOURCE])
    await main.append([spill.markOf(7, 0)])
  }
})

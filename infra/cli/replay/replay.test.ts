import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { MemoryBus } from '#infra/bus/memory/index.ts'
import type { Batch, Bus } from '#schemas/contracts/bus.ts'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Detection } from '#schemas/records/detection.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { type Components, loadComponents } from '../components.ts'
import { lineOf } from '../line.ts'
import { Begun } from './begun.ts'
import { type Budget, UNLIMITED } from './budget.ts'
import { Differ, type Difference } from './differ.ts'
import { resolveRange, timesOf } from './range.ts'
import { type Ending, replay } from './replay.ts'
import { Rerun } from './rerun.ts'
import { conversations, runLive, storedTraffic, valuesOf } from './traffic.test-support.ts'
import type { Place } from './when.ts'

const CONNECTIONS = 12
const REQUESTS = 5
const TOPICS = ['exchanges', 'detections']

interface Asked {
  readonly from?: Place | null
  readonly to?: Place | null
  readonly warmUp?: number
  readonly budget?: Budget
  readonly bus?: Bus
}

interface Replayed {
  readonly text: string
  readonly ids: readonly string[]
  readonly affected: number
  readonly ending: Ending
}

describe('a replay', () => {
  let components: Components
  let bus: MemoryBus
  before(async () => {
    components = await loadComponents()
    bus = await storedTraffic(components, conversations(CONNECTIONS, REQUESTS))
    await runLive(bus, components)
  })

  async function run({ from, to, warmUp = 0, budget = UNLIMITED, bus: log = bus }: Asked): Promise<Replayed> {
    const { spans } = await resolveRange(log, { topic: 'segments', from: from ?? null, to: to ?? null, warmUp })
    const begun = new Begun()
    const lines: string[] = []
    const ids: string[] = []
    let affected = 0
    const rerun = new Rerun(
      components,
      {},
      TOPICS,
      (topic, _key, value) => {
        lines.push(lineOf(topic, value, true))
        ids.push(value.id)
        if (begun.has(value.connection.id)) affected++
      },
      timesOf(from ?? null, to ?? null),
    )
    const { ending } = await replay(log, {
      topic: 'segments',
      spans,
      reruns: [rerun],
      budget,
      clock: () => 0,
      signal: new AbortController().signal,
      begun,
      after: async () => {},
    })
    assert.deepEqual(rerun.errors, [])
    return { text: lines.join('\n'), ids, affected, ending }
  }

  const middle = async (partition: number): Promise<number> =>
    Math.floor((await bus.bounds('segments', partition)).next / 2)

  test('finds what the live run found, id by id and field by field', async () => {
    const { text, ids } = await run({})
    const live = [...(await valuesOf(bus, 'exchanges')), ...(await valuesOf(bus, 'detections'))]
    assert.equal(ids.length, CONNECTIONS * (REQUESTS + 1))
    const lines = live.map(value => lineOf('attack' in value ? 'detections' : 'exchanges', value, true))
    assert.deepEqual(text.split('\n').sort(), lines.sort())
  })

  test('is the same twice, also when records come in other batches', async () => {
    const { text } = await run({})
    assert.equal((await run({})).text, text)
    assert.equal((await run({ bus: oneByOne(bus) })).text, text)
  })

  test('leaves groups, positions and topics alone', async () => {
    const state = async () => ({
      process: await bus.committed('process', 'segments'),
      exchanges: await bus.bounds('exchanges', 0),
      dead: await bus.bounds('dead', 0),
    })
    const before = await state()
    assert.ok(before.process.every(position => position !== null && position > 0))
    await run({})
    assert.deepEqual(await state(), before)
  })

  test('in two parts, the second warmed up, gives what one gives', async () => {
    const cut = new Map([
      [0, await middle(0)],
      [1, await middle(1)],
    ])
    const whole = await run({})
    const first = await run({ to: { kind: 'offsets', offsets: cut } })
    const second = await run({ from: { kind: 'offsets', offsets: cut }, warmUp: 3600e6 })
    assert.deepEqual([...first.ids, ...second.ids].sort(), [...whole.ids].sort())
    assert.equal(second.affected, 0)
    assert.ok(first.ids.length > 0 && second.ids.length > 0)
  })

  test('without warm-up says which results belong to connections that it did not see begin', async () => {
    const offset = await middle(0)
    const whole = new Set((await run({})).ids)
    const { ids, affected } = await run({ from: { kind: 'offset', offset } })
    const strange = ids.filter(id => !whole.has(id))
    assert.ok(strange.length > 0)
    assert.equal(affected, strange.length)
  })

  test('by time, cut anywhere: the parts side by side give the whole, nothing twice', async () => {
    const whole = await run({})
    const times = (await valuesOf(bus, 'exchanges')).flatMap(({ time, end }) => [time, end, (time + end) / 2])
    const random = mulberry32(7)
    for (let round = 0; round < 8; round++) {
      const borders = [0, 1, 2].map(() => times[Math.floor(random() * times.length)]!).sort((a, b) => a - b)
      const cuts = [null, ...new Set(borders), null].map((time): Place | null =>
        time === null ? null : { kind: 'time', time },
      )
      const ids: string[] = []
      for (let i = 0; i + 1 < cuts.length; i++) {
        const [from, to] = [cuts[i]!, cuts[i + 1]!]
        ids.push(...(await run({ ...(from && { from }), ...(to && { to }), warmUp: 3600e6 })).ids)
      }
      assert.deepEqual(ids.sort(), whole.ids.toSorted(), `borders ${borders}`)
    }
  })

  test('stops when its budget is spent, and says where to go on', async () => {
    const whole = await run({})
    const first = await run({ budget: { ...UNLIMITED, bytes: 20_000 } })
    assert.ok(first.ending.kind === 'budget' && first.ids.length > 0)
    const rest = await run({ from: { kind: 'offsets', offsets: first.ending.rest }, warmUp: 3600e6 })
    assert.equal(rest.ending.kind, 'done')
    assert.deepEqual([...first.ids, ...rest.ids].sort(), whole.ids.toSorted())
  })

  test('passes over what cannot be decoded and what makes a processor throw, and says both', async () => {
    const broken = await storedTraffic(components, conversations(2, 3), 1)
    await broken.append([{ topic: 'segments', partition: 0, key: null, value: Buffer.from('nothing'), time: 1 }])
    const { spans } = await resolveRange(broken, { topic: 'segments', from: null, to: null, warmUp: 0 })
    let exchanges = 0
    const rerun = new Rerun(components, {}, TOPICS, topic => {
      if (topic === 'exchanges' && ++exchanges === 1) throw new Error('no room')
    })
    const { read, ending } = await replay(broken, {
      topic: 'segments',
      spans,
      reruns: [rerun],
      budget: UNLIMITED,
      clock: () => 0,
      signal: new AbortController().signal,
      begun: new Begun(),
      after: async () => {},
    })
    assert.equal(ending.kind, 'done')
    assert.equal(read.undecodable, 1)
    assert.match(read.reasons[0]!, /^partition 0, offset \d+: no Avro record/)
    assert.deepEqual([rerun.failed, exchanges], [1, 6])
    assert.match(rerun.errors[0]!, /^partition 0, offset \d+, packet \d+: Error: no room/)
  })

  test('that is interrupted says where to go on', async () => {
    const { spans } = await resolveRange(bus, { topic: 'segments', from: null, to: null, warmUp: 0 })
    const stop = new AbortController()
    const { ending } = await replay(bus, {
      topic: 'segments',
      spans,
      reruns: [],
      budget: UNLIMITED,
      clock: () => 0,
      signal: stop.signal,
      begun: new Begun(),
      after: async ({ records }) => {
        if (records === 3) stop.abort()
      },
    })
    assert.equal(ending.kind, 'interrupted')
    assert.equal(ending.kind === 'interrupted' && [...ending.rest.values()].reduce((a, b) => a + b), 3)
  })

  test('with a rule that was added, the difference is that rule and nothing else', async () => {
    const differences = await compare(components, withDetector(components, SHOP), bus)
    assert.equal(differences.length, CONNECTIONS * REQUESTS)
    for (const { change, now } of differences) assert.deepEqual([change, now?.rule], ['found', 'scanner.shop'])
    const back = await compare(withDetector(components, SHOP), components, bus)
    assert.deepEqual(new Set(back.map(({ change }) => change)), new Set(['lost']))
    assert.deepEqual(await compare(components, components, bus), [])
  })
})

/** The same log, a record a batch. */
function oneByOne(bus: Bus): Bus {
  const reads = async function* (
    topic: string,
    partition: number,
    from: number,
    until?: number,
  ): AsyncGenerator<Batch> {
    for await (const batch of bus.read(topic, partition, from, until)) {
      for (const record of batch.records) yield { ...batch, records: [record], next: record.offset + 1 }
    }
  }
  const own: Pick<Bus, 'partitions' | 'bounds' | 'read'> = {
    partitions: topic => bus.partitions(topic),
    bounds: (topic, partition) => bus.bounds(topic, partition),
    read: reads,
  }
  return own as Bus
}

const SHOP: DetectorSpec = {
  id: 'shop',
  attack: 'scanner',
  literals: ['item'],
  words: [],
  inspect: ({ point }, lower, _exchange, report) => {
    if (point[0] === 'uri' && lower.includes('item'))
      report({ rule: 'scanner.shop', severity: 'info', evidence: lower, why: 'a rule of this test' })
  },
}

function withDetector(components: Components, detector: DetectorSpec): Components {
  const detect = components.parts.get('detect')!
  const parts = new Map(components.parts).set('detect', { ...detect, detectors: [...detect['detectors']!, detector] })
  return { ...components, parts }
}

async function compare(was: Components, now: Components, bus: Bus): Promise<readonly Difference[]> {
  const differences: Difference[] = []
  const differ = new Differ(difference => differences.push(difference))
  const rerun = (components: Components, take: (detection: Detection) => void): Rerun =>
    new Rerun(components, {}, ['detections'], (_topic, _key, value) => take(value as unknown as Detection))
  const { spans } = await resolveRange(bus, { topic: 'segments', from: null, to: null, warmUp: 0 })
  await replay(bus, {
    topic: 'segments',
    spans,
    reruns: [rerun(was, one => differ.was(one)), rerun(now, one => differ.now(one))],
    budget: UNLIMITED,
    clock: () => 0,
    signal: new AbortController().signal,
    begun: new Begun(),
    after: async () => differ.between(),
  })
  differ.end()
  assert.ok(differ.same > 0)
  return differences
}

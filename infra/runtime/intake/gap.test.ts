/** What drops do to the streams, seen through the real chain: tcp, http, enrich, detect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainFactory, eachSegment, PUBLISHED } from '#infra/cli/pipeline.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { Segment } from '#schemas/records/segment.ts'
import { Clock, type Packet, recordOf, Talk } from '#test/driver/packets.ts'
import { reusableComponents, segmentsOf } from '#test/driver/read.ts'
import { get, ok } from '#test/golden/scenarios/scenario.ts'
import { emptyIntakeStats, runIntake } from '../intake.ts'
import { encode, GuardedBus, PARTITIONS, turns } from './live.test-support.ts'

const WAVES = 12
const TALKS = 5
const EXCHANGES = 8
const components = await reusableComponents()

const nameOf = (wave: number, talk: number, n: number): string => `/${wave}/${talk}/${n}`
const lastingName = (wave: number): string => `/lasting/${wave}`

/** Waves of connections that talk in turns, and one that lasts; every response says what was asked for. */
function traffic(): Packet[] {
  const clock = new Clock()
  const lasting = new Talk(clock, { client: { ip: '10.1.0.0', port: 50_000 } })
  const packets: Packet[] = lasting.open()
  for (let wave = 0; wave < WAVES; wave++) {
    const talks = Array.from({ length: TALKS }, (_, i) => {
      const client = { ip: `10.0.${wave}.${i}`, port: 40_000 + i }
      return new Talk(clock, { client })
    })
    for (const talk of talks) packets.push(...talk.open())
    for (let n = 0; n < EXCHANGES; n++) {
      for (const [i, talk] of talks.entries()) {
        const name = nameOf(wave, i, n)
        packets.push(...talk.client(get(name)), ...talk.server(ok(`${name} `.repeat(50)), 400))
      }
    }
    for (const talk of talks) packets.push(...talk.close())
    packets.push(...lasting.client(get(lastingName(wave))), ...lasting.server(ok(`${lastingName(wave)} `)))
    clock.wait(5)
  }
  return [...packets, ...lasting.close()]
}

interface Seen {
  readonly exchanges: readonly Exchange[]
  readonly ledger: Ledger
  readonly droppedBytes: number
  readonly rounds: number
}

/** Live capture of the traffic. The log is away while rounds `from` to `to` (exclusive) are read. */
async function capture(from: number, to: number): Promise<Seen> {
  const rounds = segmentsOf(traffic().map(recordOf), PARTITIONS, 4096)
  await using bus = await GuardedBus.open()
  const back = Promise.withResolvers<void>()
  let n = 0
  bus.before = async () => {
    if (n > from) await back.promise
  }
  const producer = {
    read: async () => {
      if (n >= to) back.resolve()
      await turns(n < from || n >= to ? 6 : 0)
      const batches = rounds[n++]
      return batches === undefined ? null : { batches, position: n }
    },
    stats: () => ({}),
    progress: () => ({ done: 0, total: null }),
    [Symbol.asyncDispose]: async () => {},
  }
  const stats = emptyIntakeStats()
  const flow = { kind: 'shed', queueBytes: 32_768, appendBytes: 8192, flushMs: 1000, spill: null } as const
  const backoff = { firstMs: 1, maxMs: 1 }
  assert.ok(await runIntake({ producer, bus, encode, backoff, stats, flow }, new AbortController().signal))
  const droppedBytes = stats.dropped.get('queue-full')?.bytes ?? 0
  return { ...(await processed(bus)), droppedBytes, rounds: rounds.length }
}

async function processed(bus: GuardedBus): Promise<Pick<Seen, 'exchanges' | 'ledger'>> {
  const exchanges: Exchange[] = []
  const ledger = new Ledger()
  const open = chainFactory(components, {}, PUBLISHED)
  const cursor = new Segment()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const chain = open((topic, _key, value) => void (topic === 'exchanges' && exchanges.push(value as Exchange)))
    for await (const { records } of bus.read('segments', partition, 0)) {
      for (const { value } of records) {
        eachSegment(decodeRecord('segments', value!), cursor, chain, (segment, time) => chain.process(segment, time))
      }
    }
    ledger.merge(chain.ledger.counts())
  }
  return { exchanges, ledger }
}

/** A wrong pair would be worse than none. */
function assertPairs(exchanges: readonly Exchange[]): void {
  for (const { request, response } of exchanges) {
    if (response === null) continue
    const said = Buffer.from(response.body!).toString().split(' ')[0]
    assert.equal(said, request.path)
    assert.equal(response.status, 200)
  }
}

const answered = (exchanges: readonly Exchange[]): Map<string, string> =>
  new Map(exchanges.filter(({ response }) => response !== null).map(({ request, id }) => [request.path, id]))

test('a drop is a gap in the streams: nothing is mixed up, what comes after it is whole, and the ledger is exact', async () => {
  const whole = await capture(Number.POSITIVE_INFINITY, 0)
  assert.deepEqual([whole.droppedBytes, whole.ledger.get('dropped'), whole.ledger.pending], [0, 0, 0])
  const all = answered(whole.exchanges)
  assert.equal(all.size, WAVES * (TALKS * EXCHANGES + 1))

  const torn = await capture(Math.floor(whole.rounds / 4), Math.floor(whole.rounds / 2))
  const { ledger } = torn
  assertPairs(torn.exchanges)
  const some = answered(torn.exchanges)
  const completeWaves = new Set<number>()
  for (let wave = 0; wave < WAVES; wave++) {
    const paths = [...all.keys()].filter(path => path.startsWith(`/${wave}/`))
    // The same ids as without drops. (A connection of which the start was dropped has another one.)
    if (paths.every(path => some.get(path) === all.get(path))) completeWaves.add(wave)
  }
  // Dropped from about the fourth to the sixth wave: before and after it, every exchange is there.
  for (const wave of [0, 1, WAVES / 2 + 1, WAVES - 2, WAVES - 1]) assert.ok(completeWaves.has(wave), `wave ${wave}`)
  assert.ok(completeWaves.size < WAVES)
  const lasting = [...some.keys()].filter(path => path.startsWith('/lasting/'))
  assert.ok(lasting.includes(lastingName(1)) && lasting.includes(lastingName(WAVES - 1)), 'it is read again')
  assert.ok(lasting.length < WAVES)

  assert.ok(torn.droppedBytes > 10_000)
  assert.equal(ledger.get('dropped'), torn.droppedBytes)
  assert.equal(ledger.get('captured'), whole.ledger.get('captured'))
  assert.equal(ledger.pending, 0)
  assert.ok(ledger.get('missing') > 0, 'sequence numbers show the gap')
})

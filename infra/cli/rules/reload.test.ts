/** New rules in the middle of a capture: the chain goes on, no exchange is lost or read twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPack } from '#processors/detect/rules/pack.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Segment } from '#schemas/records/segment.ts'
import { loadComponents, ROOT } from '../components.ts'
import { OFFLINE_HASH_KEY } from '../flow-hash-key.ts'
import { chainFactory, eachSegment } from '../pipeline.ts'

const components = await loadComponents()

const rulesOf = (id: string) => ({
  detect: {
    rules: {
      packs: [],
      sources: [
        checkPack({
          name: 'test.yaml',
          text: `pack: test\nrules: [{ id: ${id}, attack: infoleak, severity: low, why: A rule of this test., where: { points: [header.HOST] }, match: { contains: shop.example } }]`,
        }),
      ],
    },
  },
})

/** Ids of exchanges, and of those in which a rule of the test was found, by rule. `before(n)` is called before the n-th segment. */
async function readSample(before: (n: number, configure: (id: string) => void) => void) {
  const exchanges: string[] = []
  const found = new Map<string, string[]>()
  const factory = chainFactory(components, rulesOf('infoleak.first'), ['exchanges', 'detections'])
  const chain = factory((topic, _key, value) => {
    if (topic === 'exchanges') exchanges.push((value as Exchange).id)
    else {
      const { rule, exchange } = value as Detection
      if (rule.startsWith('infoleak.')) found.set(rule, [...(found.get(rule) ?? []), exchange])
    }
  })
  const producer = components.producers.get('pcap-file')!
  await using source = await producer.open(producer.config.parse({ path: 'sample.pcapng' }), {
    sensor: 'test',
    partitions: 1,
    flowHashKey: OFFLINE_HASH_KEY,
    position: null,
    batchBytes: 64 * 1024,
    directory: `${ROOT}/infra/sample`,
    stdin: process.stdin,
    wire: WIRE_DEFAULTS,
  })
  const cursor = new Segment()
  let n = 0
  const { signal } = new AbortController()
  for (let read = await source.read(signal); read !== null; read = await source.read(signal)) {
    for (const { batch } of read.batches) {
      eachSegment(batch, cursor, chain, (segment, time) => {
        before(++n, id => factory.configure(rulesOf(id)))
        chain.process(segment, time)
      })
    }
  }
  return { exchanges, found, segments: n }
}

test('rules that come between two segments hold for what follows, and nothing is lost', async () => {
  const plain = await readSample(() => {})
  const all = plain.found.get('infoleak.first') ?? []
  assert.ok(all.length > 20, `${all.length} found`)

  const half = Math.floor(plain.segments / 2)
  const changed = await readSample((n, configure) => {
    if (n === half) configure('infoleak.second')
  })
  assert.deepEqual(changed.exchanges, plain.exchanges)
  const [first, second] = ['infoleak.first', 'infoleak.second'].map(rule => changed.found.get(rule) ?? [])
  assert.ok(first!.length > 0 && second!.length > 0, `${first!.length} and ${second!.length}`)
  assert.deepEqual([...first!, ...second!], all, 'each exchange was judged once, in order')
})

/** The laws over messages of proxies: the stage alone under many crashes, then the real chain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { chainFactory, eachSegment, PUBLISHED } from '#infra/cli/pipeline.ts'
import { segmentsTask } from '#infra/cli/run/segments-task.ts'
import { emptyTally } from '#infra/cli/tally.ts'
import messages from '#processors/messages/index.ts'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import { stateTopic, TOPICS, type TopicSpec } from '#schemas/avro/topics.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import { mirrored, roundsOf, type Taken, TROUBLE } from '#test/driver/messages.ts'
import { recordOf } from '#test/driver/packets.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { readRounds, reusableComponents, segmentsOf } from '#test/driver/read.ts'
import { SCENARIOS } from '#test/golden/scenarios/index.ts'
import { MUTATIONS, type Mutation, runWorld, type World } from './restart.ts'
import { mixed } from './traffic.ts'

const components = await reusableComponents()
const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)
const one = { partitions: 1 } as const

const plain = (name: string): TopicSpec => ({ ...TOPICS.anomalies, name, ...one })

const inputsOf = (rounds: ReturnType<typeof roundsOf>): World['inputs'] =>
  rounds.flat().map(({ batch }) => ({
    topic: 'segments',
    key: null,
    value: encodeRecord('segments', batch),
    time: batch.until,
  }))

/** The stage alone, its outputs as text: cheap enough for many lives. */
function stageWorld(taken: readonly Taken[], most: number): World {
  const alone = { processors: new Map([['messages', messages]]), parts: new Map() } as Parameters<
    typeof chainFactory
  >[0]
  const cursor = new Segment()
  const outputs = ['decoded', 'anomalies']
  return {
    topics: [plain('segments'), ...outputs.map(plain), plain('dead'), { ...stateTopic('messages'), ...one }],
    inputs: inputsOf(roundsOf(taken, 1, most)),
    outputs: [...outputs, 'dead'],
    spec: {
      group: 'law',
      input: 'segments',
      open: chainFactory(alone, { messages: { halves: 64 } }, outputs),
      feed: (record, chain, each) =>
        eachSegment(decodeRecord('segments', record.value!) as SegmentBatch, cursor, chain, each),
      encode: (topic, key, value, time) => ({
        topic,
        key: Buffer.from(key),
        value: Buffer.from(JSON.stringify(value)),
        time,
        partition: 0,
      }),
      bytesOf: value => (value as Segment).entry(),
      stateTopic: stage => stateTopic(stage).name,
    },
  }
}

const traffic = (seed: number): readonly Taken[] => mirrored(mulberry32(seed), 60, TROUBLE)

test('restart: 200 seeds of crashes change nothing downstream of the stage', async () => {
  let crashes = 0
  for (const seed of seeds(200)) {
    const world = stageWorld(traffic(seed), 4)
    const calm = await runWorld(world, null)
    assert.deepEqual(calm.outputs.get('dead'), [], `seed ${seed}`)
    assert.ok(calm.outputs.get('decoded')!.length >= 40, `seed ${seed}`)
    assert.equal(Ledger.of(calm.ledger as object).pending, 0, `seed ${seed}`)
    const rough = await runWorld(world, seed)
    assert.deepEqual(rough.outputs, calm.outputs, `seed ${seed}`)
    assert.deepEqual(rough.ledger, calm.ledger, `seed ${seed}`)
    crashes += rough.crashes
  }
  assert.ok(crashes > 200, `only ${crashes} crashes: the law was not tried`)
})

/** The next record brings stream time back before anything can be missed. */
const UNSEEN: Mutation = 'stream time not restored'

for (const mutation of MUTATIONS.filter(name => name !== UNSEEN)) {
  test(`restart notices: ${mutation}`, async () => {
    let noticed = 0
    for (const seed of seeds(8)) {
      const world = stageWorld(traffic(seed), 4)
      const { outputs } = await runWorld(world, null)
      const broken = await runWorld(world, seed, mutation)
      if (!isDeepStrictEqual(broken.outputs, outputs)) noticed++
    }
    assert.ok(noticed > 0, 'no seed showed it')
  })
}

test('restart: nor does the whole chain change, with packets in the same partition', async () => {
  for (const seed of seeds(6)) {
    const packets = segmentsOf(mixed(SCENARIOS, mulberry32(seed)).map(recordOf), 1, 1000)
    const rounds = [...packets, ...roundsOf(traffic(seed), 1)]
      .filter(round => round.length > 0)
      .toSorted((a, b) => a[0]!.batch.until - b[0]!.batch.until)
    const world: World = {
      spec: segmentsTask(components, {}, emptyTally(), (_, value) => value),
      topics: [
        ...Object.values(TOPICS).map(topic => ({ ...topic, ...one })),
        ...[...components.processors.keys()].map(stage => ({ ...stateTopic(stage), ...one })),
      ],
      inputs: inputsOf(rounds),
      outputs: [...PUBLISHED, 'dead'],
    }
    const calm = await runWorld(world, null)
    assert.equal(calm.outputs.get('dead')!.length, 0, `seed ${seed}`)
    const rough = await runWorld(world, seed)
    assert.deepEqual(rough.outputs, calm.outputs, `seed ${seed}`)
    assert.deepEqual(rough.ledger, calm.ledger, `seed ${seed}`)
  }
})

const linesOf = (taken: readonly Taken[], most: number, message: string): readonly string[] => {
  const { lines, report } = readRounds(components, roundsOf(taken, 2, most))
  assert.deepEqual(report.errors, [], message)
  assert.equal(Ledger.of(report.ledger).pending, 0, `${message}: ${JSON.stringify(report.ledger)}`)
  return lines
    .map(line => JSON.stringify(JSON.parse(line, (key, value: unknown) => (key === 'origin' ? undefined : value))))
    .toSorted()
}

test('order: whatever server takes a half, and when within the timeouts, the lines are the same', () => {
  for (const seed of seeds(20)) {
    const random = mulberry32(seed)
    const taken = mirrored(random, 40).filter(({ half }) => half.end - half.start < 5e6)
    const plainly = linesOf(taken, 16, `seed ${seed}`)
    const moved = taken
      .map(each => ({ ...each, server: Math.floor(random() * 5), time: each.time + Math.floor(random() * 4e6) }))
      .toSorted((a, b) => a.time - b.time)
    assert.deepEqual(linesOf(moved, 1 + (seed % 7), `seed ${seed}`), plainly, `seed ${seed}`)
    assert.ok(
      plainly.some(line => line.includes('"attack":"sqli"')),
      `seed ${seed}: nothing was detected`,
    )
  }
})

test('ledger: what was captured is what the servers took, and every byte has one fate', () => {
  const all = new Ledger()
  for (const seed of seeds(20)) {
    const rounds = roundsOf(traffic(seed), 2)
    const taken = new Ledger()
    for (const { batch } of rounds.flat()) taken.merge(batch.ledger)
    const { report } = readRounds(components, rounds)
    const ledger = Ledger.of(report.ledger)
    assert.equal(ledger.get('captured'), taken.get('captured'), `seed ${seed}`)
    assert.equal(ledger.pending, 0, `seed ${seed}`)
    all.merge(report.ledger)
  }
  for (const reason of ['inspected', 'duplicate', 'cap'] as const) assert.ok(all.get(reason) > 0, reason)
})

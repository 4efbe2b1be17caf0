/** The wire format through the whole adapter, on real brokers. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import kafkajs from 'kafkajs'
import { encodeRecord, encodeState } from '#schemas/avro/records.ts'
import { stateTopic, TOPICS } from '#schemas/avro/topics.ts'
import type { Lease, Raw } from '#schemas/contracts/bus.ts'
import type { SegmentBatch } from '#schemas/records/segment.ts'
import { brokers } from '#test/kafka/brokers.ts'
import type { Brokers } from '#test/kafka/contract.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { type RegistryServer, readAsStranger, registryServer } from '#test/kafka/registry.ts'
import { type KafkaBus, type KafkaOptions, openKafka } from '../index.ts'

const POSITION = { source: 'capture/a', position: { offset: 7 } }
const SPECS = [TOPICS.positions, TOPICS.segments, stateTopic('tcp')]

interface Scene {
  readonly registry: RegistryServer
  readonly options: KafkaOptions
  /** The same log, seen with a registry or without. */
  open(format: 'registry' | 'fingerprints'): Promise<KafkaBus>
}

async function scene(t: TestContext, kafka: Brokers): Promise<Scene> {
  const registry = await registryServer(t)
  const options = optionsFor(kafka, {
    maxMessageBytes: 64 * 1024,
    schemaRegistry: {
      url: registry.url,
      authorization: null,
      tls: null,
      timeoutMs: 5000,
      subjects: 'topic',
      register: true,
    },
  })
  return {
    registry,
    options,
    open: async format => {
      const bus = await openKafka(format === 'registry' ? options : { ...options, schemaRegistry: null })
      t.after(() => bus[Symbol.asyncDispose]())
      await bus.ensure(SPECS)
      return bus
    },
  }
}

const raw = (topic: string, key: string | null, value: Uint8Array): Raw => ({
  topic,
  key: key === null ? null : Buffer.from(key),
  value,
  time: 1,
})

async function valuesOf(bus: KafkaBus, topic: string): Promise<Buffer[]> {
  const values: Buffer[] = []
  for await (const { records } of bus.read(topic, 0, 0))
    for (const { value } of records) values.push(Buffer.from(value!))
  return values
}

test('a consumer that knows nothing of us reads our records with the registry alone', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const { registry, options, open } = await scene(t, kafka)
  const bus = await open('registry')
  await bus.append([raw('positions', 'a', encodeRecord('positions', POSITION))])
  const stranger = new kafkajs.Kafka({ brokers: [...kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING })
  const consumer = stranger.consumer({ groupId: `${options.prefix}stranger` })
  t.after(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic: `${options.prefix}positions`, fromBeginning: true })
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value!) })
  const record = readAsStranger(registry, await promise)
  assert.equal((record as { readonly source: string }).source, POSITION.source)
  assert.deepEqual([...registry.subjects.keys()].toSorted(), [
    `${options.prefix}positions-value`,
    `${options.prefix}segments-value`,
  ])
})

test('a registry that is switched on later, off again, and values in parts: all are read as they were written', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const { open } = await scene(t, kafka)
  const bytes = Buffer.alloc(300_000, 'x')
  const values = [1, 2, 3, 4].map(at =>
    encodeRecord('segments', segmentsOf(at === 2 || at === 3 ? bytes : bytes.subarray(0, 10), at)),
  )
  const [plain, format] = [await open('fingerprints'), await open('registry')]
  await plain.append([raw('segments', null, values[0]!)])
  await format.append([raw('segments', null, values[1]!)])
  await plain.append([raw('segments', null, values[2]!)])
  await format.append([raw('segments', null, values[3]!)])
  const want = values.map(value => Buffer.from(value))
  assert.deepEqual(await valuesOf(format, 'segments'), want)
  assert.deepEqual(
    (await valuesOf(plain, 'segments')).map(value => value[0]),
    [0xc3, 0, 0xc3, 0],
  )
})

test('a task commits and goes on; while the registry is away it waits, and misses nothing', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const { registry, open } = await scene(t, kafka)
  const writer = await open('registry')
  const segments = encodeRecord('segments', segmentsOf(Buffer.of(1), 1))
  await writer.append([raw('segments', null, segments)])
  const bus = await open('registry')
  const before = registry.requests.length
  registry.faults.push([503, ''], [500, ''])
  const { promise: done, resolve } = Promise.withResolvers<Buffer>()
  const membership = await bus.join('task', 'segments', async (lease: Lease) => {
    for (;;) {
      const batch = await lease.poll(1024 * 1024, 1000)
      if (batch === null) continue
      const [record] = batch.records
      const outputs = [raw('positions', 'a', encodeRecord('positions', POSITION))]
      await lease.commit({ next: batch.next, outputs, state: [raw('tcp.state', 'k', encodeState('s'))] })
      resolve(Buffer.from(record!.value!))
      return
    }
  })
  assert.deepEqual(await done, Buffer.from(segments))
  await membership[Symbol.asyncDispose]()
  assert.equal(registry.requests.length - before, 3)
  assert.notDeepEqual(await bus.committed('task', 'segments'), [null])
  const plain = await open('fingerprints')
  assert.deepEqual(
    [(await valuesOf(plain, 'positions'))[0]![0], (await valuesOf(plain, 'tcp.state'))[0]![0]],
    [0, 0xc3],
  )
})

/** Not to be walked: only carried. */
function segmentsOf(frame: Uint8Array, until: number): SegmentBatch {
  return { sensor: 's', capture: 'c', source: 'x', count: 0, until, ledger: {}, frame }
}

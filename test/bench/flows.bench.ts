/**
 * What grows with the number of connections that are open at once: memory, checkpoint, restore. Each has had an exchange and
 * sent half of its next request, so that reassembly and decoder both hold something.
 *
 *   infra/tapwire bench flows
 *
 * One partition, in the embedded log and, where brokers can be had, in Kafka.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { openKafka } from '#infra/bus/kafka/index.ts'
import { loadComponents } from '#infra/cli/components.ts'
import { PUBLISHED, stagesFor } from '#infra/cli/pipeline.ts'
import { topicsOf } from '#infra/cli/run/node.ts'
import { PROCESS_GROUP, segmentsTask } from '#infra/cli/run/segments-task.ts'
import { emptyTally } from '#infra/cli/tally.ts'
import { Task, type TaskStats } from '#infra/runtime/task.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { stateTopic } from '#schemas/avro/topics.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { Clock, frameOf, type Packet, Talk } from '#test/driver/packets.ts'
import { Unavailable } from '#test/kafka/contract.ts'
import { openCluster } from '#test/kafka/open.ts'
import { optionsFor } from '#test/kafka/options.ts'

const COUNTS = [100, 10_000, 200_000]
const BATCH_BYTES = 2 * 1024 * 1024
const MS_PER_TRY = 20
const ETHERNET = 1
const REQUEST = 'GET /items/1?sort=name HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"items":[1]}'

const components = await loadComponents()
const say = (text: string): void => void process.stdout.write(`${text}\n`)

function* packetsOf(count: number): Generator<Packet> {
  const clock = new Clock(undefined, 5)
  for (let i = 0; i < count; i++) {
    const client = { ip: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, port: 40_000 + (i % 20_000) }
    const talk = new Talk(clock, { client })
    yield* talk.open()
    yield* talk.client(REQUEST)
    yield* talk.server(RESPONSE)
    yield* talk.client(REQUEST.slice(0, 60))
  }
}

/** Puts the traffic into the log; returns bytes of segments. */
async function append(bus: Bus, count: number): Promise<number> {
  const segmenter = new Segmenter({
    sensor: 'bench',
    capture: 'pcap-file',
    source: 'bench',
    partitions: 1,
    flowHashKey: Buffer.from('sixteen bytes ..'),
    batchBytes: BATCH_BYTES,
    time: 0,
    wire: WIRE_DEFAULTS,
  })
  let bytes = 0
  let packet = 0
  const flush = async (): Promise<void> => {
    for (const { partition, batch } of segmenter.take()) {
      const value = encodeRecord('segments', batch).slice()
      bytes += value.length
      await bus.append([{ topic: 'segments', partition, key: null, value, time: batch.until }])
    }
  }
  for (const one of packetsOf(count)) {
    const frame = frameOf(one)
    segmenter.frame(ETHERNET, frame, 0, frame.length, frame.length, one.time, ++packet)
    if (segmenter.bytes >= BATCH_BYTES) await flush()
  }
  await flush()
  return bytes
}

interface Ran {
  readonly stats: TaskStats
  /** Memory that is held while all flows are open, beyond what there was before. */
  readonly bytes: number
  readonly entries: number
  readonly stopMs: number
}

/** Runs the task until it has committed everything, then stops it: that writes the checkpoint. */
async function run(bus: Bus): Promise<Ran> {
  const { next } = await bus.bounds('segments', 0)
  const before = held()
  const limits = { commitBytes: 4 * 1024 ** 2, checkpointBytes: 1e15, checkpointMs: 1e15, poisonPerBatch: 1 }
  const done = Promise.withResolvers<Ran>()
  const membership = await bus.join(
    PROCESS_GROUP,
    'segments',
    async lease => {
      const spec = segmentsTask(components, {}, emptyTally(), (_, value) => value)
      const task = new Task(spec, bus, lease, limits, () => performance.now(), { firstMs: 10, maxMs: 100 })
      const running = task.run()
      running.catch(done.reject)
      while (task.stats.committed < next || task.stats.restoreMs === 0)
        await new Promise(r => setTimeout(r, MS_PER_TRY))
      const bytes = held() - before
      const entries = Math.max(...task.sizes().values())
      const started = performance.now()
      task.stop()
      await running
      done.resolve({ stats: task.stats, bytes, entries, stopMs: performance.now() - started })
    },
    { member: { index: 0, of: 1 } },
  )
  const ran = await done.promise
  await membership[Symbol.asyncDispose]()
  return ran
}

function held(): number {
  globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function stateBytes(bus: Bus): Promise<number> {
  let bytes = 0
  for (const stage of stagesFor(components, 'segments', PUBLISHED))
    for await (const batch of bus.read(stateTopic(stage.name).name, 0, 0)) bytes += batch.bytes
  return bytes
}

async function measure(name: string, bus: Bus, count: number): Promise<void> {
  await bus.ensure(topicsOf(components))
  const segments = await append(bus, count)
  const first = await run(bus)
  const checkpoint = await stateBytes(bus)
  const again = await run(bus)
  const per = (bytes: number): string => `${Math.round(bytes / count).toLocaleString('en')}`.padStart(7)
  say(
    `${name.padEnd(9)}${count.toLocaleString('en').padStart(8)} flows, ${(segments / 1e6).toFixed(1).padStart(6)} MB of segments` +
      ` | memory ${per(first.bytes)} bytes a flow | checkpoint ${(checkpoint / 1e6).toFixed(1).padStart(6)} MB, ${per(checkpoint)} a flow,` +
      ` written in ${(first.stopMs / 1000).toFixed(2)} s | restored ${again.entries.toLocaleString('en')} in ${(again.stats.restoreMs / 1000).toFixed(2)} s`,
  )
}

if (globalThis.gc === undefined) throw new Error('run it through infra/tapwire bench, or with node --expose-gc')
for (const count of COUNTS) {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
  try {
    const limits = { maxBytes: 8 * 1024 ** 3, reserveBytes: 0 }
    await using bus = await openEmbedded({ directory, partitions: 1, durability: 'process', limits })
    await measure('embedded', bus, count)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
try {
  await using cluster = await openCluster({ java: ['-Xms512m', '-Xmx512m'] })
  for (const count of COUNTS) {
    await using bus = await openKafka(optionsFor(cluster))
    await measure('Kafka', bus, count)
  }
} catch (error) {
  if (!(error instanceof Unavailable)) throw error
  say(`Kafka: skipped: ${error.message}`)
}

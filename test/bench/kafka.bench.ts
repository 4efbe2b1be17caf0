/**
 * The Kafka log against Kafka's own measuring tools moving as many bytes on the same broker, and against the embedded log.
 *
 *   TAPWIRE_LOAD=FILE infra/tapwire bench kafka        FILE: a capture, e.g. from ../shared/tools/make-load-capture
 *
 * One broker, one partition count for all, no compression unless said: what the tools send does not compress, captured
 * traffic does.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { type KafkaOptions, openKafka } from '#infra/bus/kafka/index.ts'
import { loadComponents } from '#infra/cli/components.ts'
import { topicsOf } from '#infra/cli/run/node.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import { freshPrefix } from '#test/kafka/brokers.ts'
import { openCluster } from '#test/kafka/open.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { append, processAll, readBack } from './kafka/measure.ts'
import { consumerPerf, producerPerf } from './kafka/perf-tools.ts'
import { workOf } from './kafka/segments.ts'
import { loadCapture } from './load/capture.ts'

const PARTITIONS = 4
const LINE = '4'
/** Bytes per read of the producer: one append, one record per partition. */
const CAPTURE_BYTES = 2 * 1024 * 1024
/** Input of a commit, as a node has it. */
const COMMIT_BYTES = 4 * 1024 * 1024
const MOST_BYTES = Number(process.env['TAPWIRE_BENCH_BYTES'] ?? 256 * 1024 * 1024)
const PERF_RECORD_BYTES = 16 * 1024

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const wide = (name: string): string => name.padEnd(58)

function report(name: string, rate: number, baseline?: { readonly name: string; readonly rate: number }): void {
  const ratio = baseline === undefined ? '' : `   ${(rate / baseline.rate).toFixed(2)} x ${baseline.name}`
  say(`${wide(name)}${rate.toFixed(1).padStart(8)} MB/s${ratio}`)
}

const capture = loadCapture(process.env['TAPWIRE_LOAD'])
if ('missing' in capture) throw new Error(capture.missing)
const components = await loadComponents()
const limits = { partitions: PARTITIONS, captureBytes: CAPTURE_BYTES, mostBytes: MOST_BYTES }
const work = await workOf(components, capture.path, limits)
say(
  `${(work.bytes / 1e6).toFixed(0)} MB of segments in ${work.appends.length} appends, ${PARTITIONS} partitions, one broker`,
)

await using cluster = await openCluster({ version: LINE, java: ['-Xms1g', '-Xmx1g'] })
const topics = topicsOf(components)
const openBus = async (changes: Partial<KafkaOptions>) => {
  const bus = await openKafka(optionsFor(cluster, { partitions: PARTITIONS, heartbeatMs: 1000, ...changes }))
  await bus.ensure(topics as readonly TopicSpec[])
  return bus
}

const perfTopic = `${freshPrefix()}perf`
{
  await using bus = await openBus({ prefix: perfTopic })
  await bus.ensure([
    { name: 'plain', key: 'none', schema: 'bench', cleanup: 'delete', retention: null, partitions: PARTITIONS },
  ])
}
const records = Math.ceil(work.bytes / PERF_RECORD_BYTES)
const asked = { records, recordBytes: PERF_RECORD_BYTES }
const producer = {
  name: 'kafka-producer-perf-test',
  rate: await producerPerf(LINE, cluster.bootstrap, `${perfTopic}plain`, asked),
}
report(producer.name, producer.rate)
const consumer = {
  name: 'kafka-consumer-perf-test',
  rate: await consumerPerf(LINE, cluster.bootstrap, `${perfTopic}plain`, records),
}
report(consumer.name, consumer.rate)
const tuned = await producerPerf(LINE, cluster.bootstrap, `${perfTopic}plain`, {
  ...asked,
  properties: ['batch.size=1000000', 'linger.ms=5', 'buffer.memory=134217728', 'max.request.size=8000000'],
})
report('  with batch.size=1000000 linger.ms=5', tuned, producer)
const both = { name: 'both tools, one after the other', rate: 1 / (1 / producer.rate + 1 / consumer.rate) }

for (const compression of ['none', 'zstd'] as const) {
  await using bus = await openBus({ compression })
  report(`append, ${compression}`, await append(bus, work), producer)
  report(`read, ${compression}`, await readBack(bus, work), consumer)
  const { rate, exchanges } = await processAll(components, bus, work, COMMIT_BYTES)
  report(`process and publish ${exchanges.toLocaleString('en')} exchanges, ${compression}`, rate, both)
}

const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
try {
  const limits = { maxBytes: 8 * 1024 ** 3, reserveBytes: 0 }
  await using bus = await openEmbedded({ directory, partitions: PARTITIONS, durability: 'process', limits })
  await bus.ensure(topics)
  report('embedded: append', await append(bus, work), producer)
  report('embedded: read', await readBack(bus, work), consumer)
  const { rate, exchanges } = await processAll(components, bus, work, COMMIT_BYTES)
  report(`embedded: process and publish ${exchanges.toLocaleString('en')} exchanges`, rate, both)
} finally {
  rmSync(directory, { recursive: true })
}

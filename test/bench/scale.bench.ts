/**
 * Processing on Kafka by one, two and four processes with as many partitions: segments that are in the topic, until every
 * position stands at the end. From the first commit on: starting Node is not counted.
 *
 *   TAPWIRE_LOAD=FILE infra/tapwire bench scale
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openKafka } from '#infra/bus/kafka/index.ts'
import { loadComponents, ROOT } from '#infra/cli/components.ts'
import { topicsOf } from '#infra/cli/run/node.ts'
import { PROCESS_GROUP } from '#infra/cli/run/segments-task.ts'
import { freshPrefix } from '#test/kafka/brokers.ts'
import type { Brokers } from '#test/kafka/contract.ts'
import { openCluster } from '#test/kafka/open.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { workOf } from './kafka/segments.ts'
import { loadCapture } from './load/capture.ts'

const COUNTS = [1, 2, 4]
const LOOK_MS = 20
const MOST_BYTES = Number(process.env['TAPWIRE_BENCH_BYTES'] ?? 256 * 1024 * 1024)

const components = await loadComponents()

async function measure(cluster: Brokers, path: string, count: number, scratch: string): Promise<number> {
  const prefix = freshPrefix()
  await using bus = await openKafka(optionsFor(cluster, { prefix, partitions: count, compression: 'zstd' }))
  await bus.ensure(topicsOf(components))
  const options = { partitions: count, captureBytes: 2 * 1024 ** 2, mostBytes: MOST_BYTES }
  const { appends, bytes } = await workOf(components, path, options)
  await using writer = await bus.writer('bench')
  for (const records of appends) await writer.append(records)
  const ends = await Promise.all(Array.from({ length: count }, async (_, p) => (await bus.bounds('segments', p)).next))

  const config = join(scratch, `${count}.yaml`)
  const log = { kind: 'kafka', brokers: cluster.bootstrap, prefix, partitions: count }
  writeFileSync(config, JSON.stringify({ workers: 1, log, telemetry: { listen: false } }))
  const args = [join(ROOT, 'infra/tapwire'), 'run', '--role', 'process', '--config', config]
  const processes = Array.from({ length: count }, () =>
    spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 2] }),
  )
  try {
    let started = 0
    for (;;) {
      const positions = await bus.committed(PROCESS_GROUP, 'segments')
      if (started === 0 && positions.some(position => position !== null)) started = performance.now()
      if (positions.every((position, p) => (position ?? 0) >= ends[p]!))
        return bytes / 1e6 / ((performance.now() - started) / 1000)
      await delay(LOOK_MS)
    }
  } finally {
    const ended = processes.map(child => new Promise(resolve => child.once('close', resolve)))
    for (const child of processes) child.kill('SIGTERM')
    await Promise.all(ended)
  }
}

const capture = loadCapture(process.env['TAPWIRE_LOAD'])
if ('missing' in capture) throw new Error(capture.missing)
await using cluster = await openCluster({ java: ['-Xms512m', '-Xmx1g'] })
const scratch = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
try {
  let one = 0
  for (const count of COUNTS) {
    const rate = await measure(cluster, capture.path, count, scratch)
    if (count === 1) one = rate
    process.stdout.write(
      `${count} process${count === 1 ? '' : 'es'}, ${count} partition${count === 1 ? '' : 's'}: ${rate.toFixed(1).padStart(6)} MB/s of segments, ` +
        `${(rate / one).toFixed(2)} x one (${availableParallelism()} cores, the broker's included)\n`,
    )
  }
} finally {
  rmSync(scratch, { recursive: true })
}

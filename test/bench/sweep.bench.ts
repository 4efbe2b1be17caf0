/**
 * Where the defaults of a node on Kafka come from: bytes per append (divided by the partitions: the size of a record), bytes
 * per commit, compression. One is changed at a time; the node's own values are marked.
 *
 *   TAPWIRE_LOAD=FILE infra/tapwire bench sweep
 */
import { openKafka } from '#infra/bus/kafka/index.ts'
import { loadComponents } from '#infra/cli/components.ts'
import { topicsOf } from '#infra/cli/run/node.ts'
import { openCluster } from '#test/kafka/open.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { append, processAll } from './kafka/measure.ts'
import { workOf } from './kafka/segments.ts'
import { loadCapture } from './load/capture.ts'

const PARTITIONS = 4
const MIB = 1024 ** 2
const MOST_BYTES = Number(process.env['TAPWIRE_BENCH_BYTES'] ?? 96 * MIB)

interface Point {
  readonly captureBytes: number
  readonly commitBytes: number
  readonly compression: 'none' | 'gzip' | 'zstd'
}

const OURS: Point = { captureBytes: 2 * MIB, commitBytes: 4 * MIB, compression: 'zstd' }
const POINTS: readonly Point[] = [
  OURS,
  ...[0.25, 1, 4, 8].map(mib => ({ ...OURS, captureBytes: mib * MIB })),
  ...[0.5, 1, 2, 8, 16].map(mib => ({ ...OURS, commitBytes: mib * MIB })),
  ...(['none', 'gzip'] as const).map(compression => ({ ...OURS, compression })),
]

const capture = loadCapture(process.env['TAPWIRE_LOAD'])
if ('missing' in capture) throw new Error(capture.missing)
const components = await loadComponents()
await using cluster = await openCluster({ java: ['-Xms512m', '-Xmx1g'] })

/** A round before the first counts for nothing: the broker and this process are still warming up. */
for (const [i, point] of [OURS, ...POINTS].entries()) {
  const { captureBytes, commitBytes, compression } = point
  const work = await workOf(components, capture.path, { partitions: PARTITIONS, captureBytes, mostBytes: MOST_BYTES })
  await using bus = await openKafka(optionsFor(cluster, { partitions: PARTITIONS, compression }))
  await bus.ensure(topicsOf(components))
  const appended = await append(bus, work)
  const before = bus.stats().commits
  const { rate } = await processAll(components, bus, work, commitBytes)
  const commits = bus.stats().commits - before
  if (i === 0) continue
  process.stdout.write(
    `append ${(captureBytes / MIB).toFixed(2).padStart(5)} MiB, commit ${(commitBytes / MIB).toFixed(1).padStart(4)} MiB, ${compression.padEnd(4)}` +
      `  append ${appended.toFixed(1).padStart(6)} MB/s, process and publish ${rate.toFixed(1).padStart(5)} MB/s in ${String(commits).padStart(4)} commits${point === OURS ? '   <- a node' : ''}\n`,
  )
}

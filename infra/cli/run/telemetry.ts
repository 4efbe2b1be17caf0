/** What a running node tells about itself: warnings to the log, numbers to metrics, readiness to health checks. */
import { resolve } from 'node:path'
import type { IntakeStats } from '#infra/runtime/intake.ts'
import { destinationOf, type Logger, openLogger } from '#infra/telemetry/log.ts'
import { nodeMetrics, type Observed, type ObservedComponent } from '#infra/telemetry/metrics.ts'
import { serveTelemetry } from '#infra/telemetry/server.ts'
import { parseListen, type TelemetryConfig } from '#schemas/config/telemetry.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { sumCounts } from '../sum-counts.ts'
import { lags } from './lag.ts'
import type { Node, Source } from './node.ts'
import type { OpenLog } from './open.ts'
import type { NodeEvents, Workers } from './plan.ts'
import { PROCESS_GROUP } from './segments-task.ts'

/** More records than this not yet processed in one partition, and the node is not ready. A record is a batch of segments. */
const READY_LAG = 1000

export interface Telemetry extends AsyncDisposable {
  /** From here on the node is observed; before, it is not ready. */
  watch(node: Node, workers: Workers | null, sources: readonly Source[]): void
}

export interface NodeLog extends NodeEvents {
  info(what: string): void
}

interface Watched {
  readonly node: Node
  readonly workers: Workers | null
  readonly sources: readonly Source[]
  broken: string | null
}

/** Where warnings go, from before the log is opened. A relative path starts at `directory`. */
export function openEvents({ logLevel, logFormat, logFile }: TelemetryConfig, directory: string): NodeLog {
  const to = logFile === 'stderr' || logFile === 'stdout' ? logFile : resolve(directory, logFile)
  return eventsOf(openLogger(logLevel, destinationOf(to, logFormat)))
}

export async function openTelemetry(config: TelemetryConfig, log: OpenLog): Promise<Telemetry> {
  let watched: Watched | null = null
  const live = (): string | null => watched?.broken ?? null
  const ready = async (): Promise<string | null> => {
    if (watched === null) return 'starting'
    const worst = Math.max(0, ...(await lags(log.bus, PROCESS_GROUP, 'segments')))
    return worst > READY_LAG ? `${worst} records behind` : null
  }
  const metrics = nodeMetrics(() => observe(watched, log))
  await using servers = new AsyncDisposableStack()
  for (const { listen, only } of listenersOf(config)) {
    const { allowRemote } = config
    servers.use(await serveTelemetry({ listen, allowRemote, ...only, metrics, live: [live], ready: [ready] }))
  }
  const open = servers.move()
  return {
    watch(node, workers, sources) {
      const current: Watched = { node, workers, sources, broken: null }
      watched = current
      Promise.all([workers?.done, node.sinks.done]).catch(error => {
        current.broken = `a task gave up: ${error instanceof Error ? error.message : String(error)}`
      })
    },
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}

/** One server for both, or one each. */
function listenersOf({ listen, healthListen }: TelemetryConfig) {
  const both = listen === false ? null : parseListen(listen)
  if (healthListen === undefined) return both === null ? [] : [{ listen: both, only: {} }]
  const health = { listen: parseListen(healthListen)!, only: { only: 'health' } as const }
  return both === null ? [health] : [{ listen: both, only: { only: 'metrics' } as const }, health]
}

function eventsOf(logger: Logger): NodeLog {
  return { warn: (what, error) => logger.warn(what, { error }), info: what => logger.info(what) }
}

async function observe(watched: Watched | null, log: OpenLog): Promise<Observed> {
  if (watched === null) return { ledger: {}, partitions: [], components: [] }
  const { node, workers, sources } = watched
  const behind = await lags(log.bus, PROCESS_GROUP, 'segments')
  const ledger = new Ledger()
  const partitions = (workers?.reports() ?? []).map(report => {
    ledger.merge(report.ledger)
    const { partition, streamTime, poisoned, refused, commits, checkpoints, restoreMs } = report.stats
    const counts = new Map(report.counts)
    for (const [name, n] of Object.entries({ poisoned, refused, commits, checkpoints, restoreMs }))
      counts.set(`task.${name}`, n)
    return { partition, lag: behind[partition] ?? null, streamTime, counts, entries: report.sizes }
  })
  const components: ObservedComponent[] = sources.map(({ name, producer }) => ({
    kind: 'producer',
    name,
    counts: { ...producer.stats(), ...intakeCounts(node.intake.get(name)) },
    gauges: intakeGauges(node.intake.get(name)),
  }))
  for (const [name, { counts, gauges }] of node.sinks.observe(Date.now() * 1000))
    components.push({ kind: 'sink', name, counts, gauges })
  if (log.embedded !== null) components.push({ kind: 'log', name: 'embedded', counts: log.embedded.stats() })
  if (log.kafka !== null)
    components.push({
      kind: 'log',
      name: 'kafka',
      counts: sumCounts([{ ...log.kafka.stats() }, workers?.logCounts() ?? {}]),
    })
  return { ledger: ledger.counts(), partitions, components }
}

/** How often and how long this producer's segments had to wait for the log, and what was dropped meanwhile, by reason. */
function intakeCounts(stats: IntakeStats | undefined): Record<string, number> {
  if (stats === undefined) return {}
  const counts: Record<string, number> = { 'waited.ms': Math.round(stats.waitedMs) }
  for (const [reason, n] of stats.refused) counts[`refused.${reason}`] = n
  for (const [reason, { bytes, segments }] of stats.dropped) {
    counts[`dropped.${reason}.bytes`] = bytes
    counts[`dropped.${reason}.segments`] = segments
  }
  return counts
}

function intakeGauges(stats: IntakeStats | undefined): Record<string, number> {
  return { 'queued.bytes': stats?.queuedBytes ?? 0, 'spilled.bytes': stats?.spilledBytes ?? 0 }
}

/** What `run` and `start` do: open, run, say what happened, close. */
import { relative } from 'node:path'
import { progressBar } from '#infra/telemetry/progress.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Io } from '../command.ts'
import { loadComponents } from '../components.ts'
import { readSettings, type Settings } from '../config.ts'
import { RuleWatch } from '../rules/watch.ts'
import { renderSummary } from '../summary.ts'
import { monotone } from './clock.ts'
import { Flows } from './flows.ts'
import { coverageOf, Node, type NodeResult, type Source } from './node.ts'
import { type OpenLog, openLog, openSinks, openSources, openWorkers } from './open.ts'
import { Retention } from './retention.ts'
import { ROLES, type Role } from './roles.ts'
import { backoffOf, supervisionOf } from './supervision.ts'
import { openEvents, openTelemetry } from './telemetry.ts'

const RETENTION_TICK_MS = 1000
const PROGRESS_MS = 100
const RULES_LOOK_MS = 1000

/** `fresh`: the command that starts over, for the message when there is nothing new. */
export async function runNode(
  file: string,
  fresh: string | null,
  io: Io,
  roles: ReadonlySet<Role> = new Set(ROLES),
): Promise<number> {
  const components = await loadComponents()
  const settings = readSettings(components, file, io.cwd, io.env)
  checkRoles(file, settings, roles)
  const events = openEvents(settings.root.telemetry, settings.directory)
  const warn = (what: string): void => events.warn(what, null)
  const log = await openLog(settings, components, warn)
  await using _log = log.bus
  const telemetry = await openTelemetry(settings.root.telemetry, log)
  await using _telemetry = telemetry
  for (const warning of settings.warnings) warn(warning)
  await using resources = new AsyncDisposableStack()
  const flows = resources.use(new Flows(settings.root.capture, settings.directory, log.bus))
  const sources = roles.has('capture')
    ? await unlessAborted(openSources(settings, components, log, flows, io, warn), io.signal)
    : []
  for (const { producer } of sources) resources.use(producer)
  const sinks = roles.has('sink') ? await openSinks(settings, components, io) : []
  for (const { sink } of sinks) resources.use(sink)
  const workers = roles.has('process') ? openWorkers(settings, components, log, events) : null
  const node = new Node({
    bus: log.bus,
    sources,
    workers,
    sinks,
    backoff: backoffOf(events),
    supervision: supervisionOf('a sink', events),
    events,
  })
  telemetry.watch(node, workers, sources)

  const bar = progressBar(io.stderr)
  const retention = new Retention(log, monotone, error =>
    events.warn('deleting what is older than its retention failed', error),
  )
  // Not before every partition has its task: a group that slept too long counts as alive only from then on.
  const joined = (): boolean => workers === null || workers.reports().length === log.bus.partitions('segments')
  const rules = workers === null ? null : new RuleWatch(settings, workers, events)
  const timers = [
    setInterval(() => rules?.look(), RULES_LOOK_MS),
    setInterval(() => showProgress(bar, sources), PROGRESS_MS),
    setInterval(() => void (joined() && retention.tick()), RETENTION_TICK_MS),
  ]
  let result: NodeResult
  try {
    result = await node.run(io.signal)
  } catch (error) {
    io.stderr.write('tapwire: stopped by an error; nothing accepted is lost: the same command goes on from here\n')
    throw error
  } finally {
    for (const timer of timers) clearInterval(timer)
    await retention.idle()
    bar.clear()
  }
  for (const error of result.errors) io.stderr.write(`tapwire: ${error.message}\n`)
  const coverage = await coverageOf(log.bus, components)
  io.stdout.write(ending(result, { settings, sources, ledger: coverage.counts(), fresh, cwd: io.cwd, log }))
  if (!result.finished) return 130
  return result.errors.length > 0 ? 1 : 0
}

/** Throws `Usage`. */
function checkRoles(file: string, { root }: Settings, roles: ReadonlySet<Role>): void {
  if (roles.has('capture') && root.producers.length === 0)
    throw new Usage(`${file}: no producers: say what to capture, see 'tapwire config explain'`)
  if (roles.size < ROLES.length && root.log.kind !== 'kafka')
    throw new Usage(
      `--role: a log of kind ${root.log.kind} has one process, which does all; use kind: kafka to divide the work`,
    )
  if (roles.size === 1 && roles.has('sink') && root.sinks.length === 0)
    throw new Usage(`${file}: no sinks, and --role sink: say where results go, see 'tapwire config explain'`)
}

/** Opening a named pipe waits for its writer, and knows no signal. */
async function unlessAborted<T>(opening: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const aborted = (): void => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  try {
    return await Promise.race([opening, promise])
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}

interface Ending {
  readonly settings: Settings
  readonly sources: readonly Source[]
  readonly ledger: ReturnType<Awaited<ReturnType<typeof coverageOf>>['counts']>
  readonly fresh: string | null
  readonly cwd: string
  readonly log: OpenLog
}

function ending(result: NodeResult, { settings, sources, ledger, fresh, cwd, log }: Ending): string {
  const files = outputsOf(settings, cwd)
  const where = [
    ...files.map(([name, path]) => `Sink        ${name}: ${path}`),
    ...(log.directory === null ? [] : [`Log         ${relative(cwd, log.directory) || '.'} (the durable message log)`]),
  ]
  if (result.finished && result.appended === 0 && result.tally.exchanges === 0) {
    const again = fresh === null ? '' : ` ${fresh} starts over.`
    return `${['', `Nothing new: everything in ${sources.map(source => source.name).join(', ')} was processed before.${again}`, ...where].join('\n')}\n\n`
  }
  const packets = sources.reduce((sum, { producer }) => sum + (producer.stats()['packets'] ?? 0), 0)
  const stopped = result.finished
    ? []
    : ['', 'Stopped before the end; state is saved. The same command goes on from here.']
  return `${[renderSummary({ packets, files: sources.length, ledger, tally: result.tally }), ...where, ...stopped].join('\n')}\n`
}

/** Where sinks write, as far as their configuration names a file. */
function outputsOf(settings: Settings, cwd: string): [string, string][] {
  return settings.root.sinks.flatMap(sink => {
    const path = sink['path']
    if (typeof path !== 'string') return []
    return [
      [sink.name, path === '-' ? 'standard output' : relative(cwd, `${settings.directory}/${path}`)] as [
        string,
        string,
      ],
    ]
  })
}

function showProgress(bar: ReturnType<typeof progressBar>, sources: readonly Source[]): void {
  const open = sources.find(({ producer }) => {
    const { done, total } = producer.progress()
    return total === null || done < total
  })
  if (open !== undefined) bar.update(open.name, open.producer.progress())
}

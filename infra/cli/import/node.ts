/** What the file says about the node itself: its log, metrics, health, threads, and where results go. */
import type { Path } from '#schemas/config/document.ts'
import type { Draft } from './draft.ts'
import type { ReferenceFile } from './file.ts'
import { isRemote, listenAddress } from './values.ts'

/** Threads that the configuration allows at most. */
const MOST_WORKERS = 64
const DETECTIONS = 'tapwire.jsonl'
const ACCESS = 'access.jsonl'

export function log(given: NonNullable<ReferenceFile['log']>, draft: Draft): void {
  const { level, pretty, log_file } = given
  draft.set(['telemetry', 'logLevel'], level === 'fatal' ? 'error' : level, ['log', 'level'])
  if (level === 'fatal') draft.warn(['log', 'level'], 'fatal is error here: there is nothing above')
  if (pretty !== undefined) draft.set(['telemetry', 'logFormat'], pretty ? 'text' : 'json', ['log', 'pretty'])
  draft.set(['telemetry', 'logFile'], log_file, ['log', 'log_file'])
}

/** Without a Cloud to send them to, detections go to a file: else a run would show nothing. */
export function detectionsSink(file: ReferenceFile, draft: Draft): void {
  const key = file.postanalytics_exporter === undefined ? 'tarantool_exporter' : 'postanalytics_exporter'
  const exporter = file[key]
  if (exporter?.enabled === false) return
  const from = exporter === undefined ? [] : [key]
  addSink({ path: DETECTIONS, topics: ['detections'] }, from, draft)
}

/** The access log: a sink for exchanges. */
export function accessLog({ log }: ReferenceFile, draft: Draft): void {
  const access = log?.access_log
  if (access === undefined || access.enabled === false) return
  const from = ['log', 'access_log']
  const file = access.log_file ?? log?.log_file ?? 'stderr'
  if (file === 'stdout') {
    addSink({ name: 'access', to: 'stdout', topics: ['exchanges'] }, from, draft)
    return
  }
  const shared = file === log?.log_file
  const path = file === 'stderr' || shared ? ACCESS : file
  if (path === ACCESS) draft.warn(from, `goes to ${ACCESS}: standard error and the file of the log hold the log alone`)
  addSink({ name: 'access', path, topics: ['exchanges'] }, from, draft)
}

function addSink(sink: object, from: Path, draft: Draft): void {
  draft.set(['sinks', draft.next(['sinks'])], { type: 'log', ...sink }, from)
}

/**
 * There, metrics and health have a port each, open to all networks. Here what the file does not say stays on loopback, at one
 * port; an address that it does say is kept.
 */
export function listeners({ metrics, health_check }: ReferenceFile, draft: Draft): void {
  const metricsAt = metrics?.enabled === false ? false : address('metrics', metrics?.listen_address, draft)
  const healthAt =
    health_check?.enabled === false ? false : address('health_check', health_check?.listen_address, draft)
  if (metricsAt !== undefined) draft.set(['telemetry', 'listen'], metricsAt, keyOf('metrics', metricsAt))
  if (typeof healthAt === 'string' && healthAt !== metricsAt)
    draft.set(['telemetry', 'healthListen'], healthAt, keyOf('health_check', healthAt))
  if (healthAt === undefined && metricsAt === false)
    draft.set(['telemetry', 'healthListen'], '127.0.0.1:8080', keyOf('metrics', false))
  if (healthAt === false && metricsAt !== false)
    draft.withoutMeaning(['health_check', 'enabled'], '/live and /ready are wherever /metrics is')
  for (const [key, at] of [
    ['metrics', metricsAt],
    ['health_check', healthAt],
  ] as const) {
    if (typeof at !== 'string' || !isRemote(at)) continue
    draft.set(['telemetry', 'allowRemote'], true, keyOf(key, at))
    draft.warn(keyOf(key, at), `${at} is reachable from other machines, without authentication`)
  }
}

function keyOf(key: 'metrics' | 'health_check', at: string | false): Path {
  return [key, at === false ? 'enabled' : 'listen_address']
}

/** Undefined: not said. */
function address(key: 'metrics' | 'health_check', text: string | undefined, draft: Draft): string | undefined {
  if (text === undefined) return undefined
  const listen = listenAddress(text)
  if (listen !== null) return listen
  draft.fail(
    [key, 'listen_address'],
    `expected an address and a port, e.g. :9000 or 127.0.0.1:9000, got ${text.slice(0, 64)}`,
  )
  return undefined
}

export function workers({ http_inspector }: ReferenceFile, draft: Draft): void {
  const count = http_inspector?.workers
  const from = ['http_inspector', 'workers']
  if (typeof count === 'number' && count > MOST_WORKERS) draft.warn(from, `${MOST_WORKERS} at most here`)
  draft.set(['workers'], typeof count === 'number' ? Math.min(count, MOST_WORKERS) : count, from)
}

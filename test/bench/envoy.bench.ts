/**
 * What mirroring costs a real Envoy: without a filter, with the Lua filter, with ext_proc; and without and with the Lua filter while
 * the ingest server is killed or hangs. Filters and clusters are those that are shipped. One worker thread; in turns, in one run: what
 * counts is the ratio to the run without filter beside it.
 *
 *   infra/tapwire bench envoy             or, longer:   node test/bench/envoy.bench.ts SECONDS-PER-RUN
 *
 * Client, Envoy, application and ingest server share the machine: what the ingest server needs is missing to the others.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { clusterOf } from '#infra/deploy/generate/cluster.ts'
import { filterOf } from '#infra/deploy/generate/filter.ts'
import { envoyPresent } from '#infra/setup/envoy.ts'
import { programPath } from '#infra/setup/program.ts'
import { type Envoy, startEnvoy } from '#test/driver/envoy.ts'
import { bootstrap, cluster, listener, type Piece, typed } from '#test/driver/envoy-config.ts'

const SECONDS = Number(process.argv[2] ?? 1)
/** Short and many, in turns: what else the machine does hits all alike. */
const ROUNDS = 5
const OUTAGE_ROUNDS = 11
const SIZES = [1000, 100_000]
/** The kernel counts CPU time in ticks of 10 ms. */
const TICK_MS = 10

interface Load {
  readonly name: string
  readonly connections: number
  /** Of each connection between its requests, ms on average. */
  readonly pause: number
  /** How long the application takes: `/quick` or `/slow`. */
  readonly path: string
}

/** As fast as one worker can; and a load of which it is busy for a small part of the time. */
const FULL: Load = { name: 'full load', connections: 16, pause: 0, path: '/quick' }
const EASY: Load = { name: 'easy load', connections: 16, pause: 40, path: '/quick' }
/** The same, of an application that has something to do. */
const SLOW_MS = 10
const SLOW: Load = { name: `${SLOW_MS} ms app`, connections: 16, pause: 30, path: '/slow' }

interface Measured {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** Of Envoy, ms for 1,000 requests. */
  readonly cpu: number
  /** Of the ingest server. */
  readonly ingestCpu: number
  readonly failed: number
}

const WAYS = ['none', 'lua', 'ext-proc'] as const
type Way = (typeof WAYS)[number]

/** Answers POST /quick/SIZE and, later, /slow/SIZE with that many bytes: another Envoy, the quickest there is. */
function application(): Promise<Envoy> {
  const filter = 'envoy.filters.http.fault'
  const fault = (fields: Piece) => typed('envoy.extensions.filters.http.fault.v3.HTTPFault', fields)
  const delay = fault({ delay: { fixed_delay: `${SLOW_MS / 1000}s`, percentage: { numerator: 100 } } })
  const routes = SIZES.flatMap(size => {
    const answer = { direct_response: { status: 200, body: { inline_string: 'y'.repeat(size) } } }
    return [
      { match: { path: `/quick/${size}` }, ...answer },
      { match: { path: `/slow/${size}` }, ...answer, typed_per_filter_config: { [filter]: delay } },
    ]
  })
  const virtualHosts = [{ name: 'app', domains: ['*'], routes }]
  const manager = {
    route_config: { name: 'routes', max_direct_response_body_size_bytes: 200_000, virtual_hosts: virtualHosts },
  }
  const filters = [{ name: filter, typed_config: fault({}) }]
  return startEnvoy(bootstrap([listener('app', { manager, filters })], []))
}

interface Ingest {
  readonly child: ChildProcess
  readonly pid: number
  readonly port: number
}

interface Stage {
  readonly envoy: Envoy
  readonly ingest: Ingest
}

async function startIngest(): Promise<Ingest> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load/ingest.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, pid: child.pid!, port: Number(line.toString()) }
}

/** 0 when it is gone. */
function cpuOf(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

async function measure(
  { envoy, ingest }: Stage,
  way: Way,
  size: number,
  { connections, pause, path }: Load,
): Promise<Measured> {
  const url = `http://127.0.0.1:${envoy.port(way)}${path}/${size}`
  const script = join(import.meta.dirname, 'load/wrk-envoy.lua')
  const words = [
    '-t1',
    `-c${connections}`,
    `-d${SECONDS}s`,
    '--latency',
    '-s',
    script,
    url,
    '--',
    String(size),
    String(pause),
  ]
  const before = [cpuOf(envoy.pid), cpuOf(ingest.pid)] as const
  const { stdout } = await promisify(execFile)(programPath('wrk')!, words)
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return {
    rate: requests / SECONDS,
    p50: milliseconds(stdout, '50%'),
    p99: milliseconds(stdout, '99%'),
    cpu: ((cpuOf(envoy.pid) - before[0]) / requests) * 1000,
    ingestCpu: ((cpuOf(ingest.pid) - before[1]) / requests) * 1000,
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
  }
}

function milliseconds(text: string, which: string): number {
  const [, number, unit] = new RegExp(`${which} +([\\d.]+)(us|ms|s)`).exec(text)!
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's']
}

/** Rounds of all ways in turns; the medians, and those of the ratio to the round without filter. */
async function compare(stage: Stage, ways: readonly Way[], size: number, load: Load, count: number): Promise<void> {
  const rounds: Record<string, Measured>[] = []
  for (let round = 0; round < count; round++) {
    const measured: Record<string, Measured> = {}
    for (const way of ways) measured[way] = await measure(stage, way, size, load)
    rounds.push(measured)
  }
  for (const way of ways) {
    const of = (value: (measured: Measured) => number) => median(rounds.map(round => value(round[way]!)))
    const ratio = (value: (measured: Measured) => number) =>
      median(rounds.map(round => value(round[way]!) / value(round['none']!))).toFixed(2)
    const failed = rounds.reduce((sum, round) => sum + round[way]!.failed, 0)
    const columns = [
      `${of(one => one.rate).toFixed(0)}/s`.padStart(9),
      `p50 ${of(one => one.p50).toFixed(2)} ms (${ratio(one => one.p50)})`.padEnd(20),
      `p99 ${of(one => one.p99).toFixed(2)} ms (${ratio(one => one.p99)})`.padEnd(21),
      `CPU ${of(one => one.cpu).toFixed(0)} ms per 1,000 (${ratio(one => one.cpu)})`,
      way === 'none' ? '' : `ingest ${of(one => one.ingestCpu).toFixed(0)} ms`,
      failed > 0 ? `FAILED ${failed}` : '',
    ]
    process.stdout.write(`  ${load.name} ${String(size).padStart(6)} B  ${way.padEnd(8)} ${columns.join('  ')}\n`)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

async function benchmark(ingest: Ingest): Promise<void> {
  await using app = await application()
  const filters = (way: Way): Piece[] => (way === 'none' ? [] : [parse(filterOf(way))])
  const server = { host: '127.0.0.1', port: ingest.port }
  const clusters = [parse(clusterOf('lua', server)), parse(clusterOf('ext-proc', server))]
  const listeners = WAYS.map(way => listener(way, { filters: filters(way) }))
  await using envoy = await startEnvoy(bootstrap(listeners, [cluster('app', app.port('app')), ...clusters]))
  const stage = { envoy, ingest }
  for (const size of SIZES) for (const load of [FULL, EASY, SLOW]) await compare(stage, WAYS, size, load, ROUNDS)
  const outages = [
    ['hangs (SIGSTOP)', 'SIGSTOP'],
    ['is killed', 'SIGKILL'],
  ] as const
  for (const [what, signal] of outages) {
    process.stdout.write(`the ingest server ${what}\n`)
    ingest.child.kill(signal)
    for (const size of SIZES)
      for (const load of [EASY, SLOW]) await compare(stage, ['none', 'lua'], size, load, OUTAGE_ROUNDS)
  }
  const missed = await envoy.stats('tapwire.*(sent|overload)$|tapwire.*upstream_rq_(2xx|5xx)$')
  for (const [name, value] of missed) process.stdout.write(`  ${name} ${value}\n`)
}

if (!envoyPresent() || programPath('wrk') === null)
  process.stdout.write('skipped: npm run setup brings Envoy and wrk\n')
else {
  const ingest = await startIngest()
  try {
    await benchmark(ingest)
  } finally {
    ingest.child.kill('SIGKILL')
  }
}

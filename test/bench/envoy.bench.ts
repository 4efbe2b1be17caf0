/**
 * What mirroring costs a real Envoy: without a filter, with the Lua filter, with ext_proc; and without and with the Lua filter while
 * the ingest server is killed or hangs. Filters and clusters are those that are shipped. One worker thread; in turns, in one run: what
 * counts is the ratio to the run without filter beside it.
 *
 *   infra/tapwire bench envoy             or, longer:   node test/bench/envoy.bench.ts SECONDS-PER-RUN
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { clusterOf } from '#infra/deploy/generate/cluster.ts'
import { filterOf } from '#infra/deploy/generate/filter.ts'
import { envoyPresent } from '#infra/setup/envoy.ts'
import { programPath } from '#infra/setup/program.ts'
import { type Envoy, startEnvoy } from '#test/driver/envoy.ts'
import { bootstrap, cluster, listener, type Piece } from '#test/driver/envoy-config.ts'

const SECONDS = Number(process.argv[2] ?? 3)
const ROUNDS = 3
const SIZES = [1000, 100_000]
/** The kernel counts CPU time in ticks of 10 ms. */
const TICK_MS = 10

interface Load {
  readonly name: string
  readonly connections: number
  /** Of each connection between its requests, ms on average. */
  readonly pause: number
}

/** As fast as one worker can, and a load of which it is busy for a small part of the time. */
const FULL: Load = { name: 'full load', connections: 16, pause: 0 }
const EASY: Load = { name: 'easy load', connections: 16, pause: 40 }

interface Measured {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** Of Envoy, ms for 1,000 requests. */
  readonly cpu: number
  readonly failed: number
}

const WAYS = ['none', 'lua', 'ext-proc'] as const
type Way = (typeof WAYS)[number]

/** Answers POST /SIZE with that many bytes: another Envoy, the quickest there is. */
function application(): Promise<Envoy> {
  const routes = SIZES.map(size => ({
    match: { path: `/${size}` },
    direct_response: { status: 200, body: { inline_string: 'y'.repeat(size) } },
  }))
  const virtualHosts = [{ name: 'app', domains: ['*'], routes }]
  const manager = {
    route_config: { name: 'routes', max_direct_response_body_size_bytes: 200_000, virtual_hosts: virtualHosts },
  }
  return startEnvoy(bootstrap([listener('app', { manager })], []))
}

interface Ingest {
  readonly child: ChildProcess
  readonly port: number
}

async function startIngest(): Promise<Ingest> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load/ingest.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, port: Number(line.toString()) }
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

async function measure(envoy: Envoy, way: Way, size: number, { connections, pause }: Load): Promise<Measured> {
  const url = `http://127.0.0.1:${envoy.port(way)}/${size}`
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
  const before = cpuOf(envoy.pid)
  const { stdout } = await promisify(execFile)(programPath('wrk')!, words)
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return {
    rate: requests / SECONDS,
    p50: milliseconds(stdout, '50%'),
    p99: milliseconds(stdout, '99%'),
    cpu: ((cpuOf(envoy.pid) - before) / requests) * 1000,
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
  }
}

function milliseconds(text: string, which: string): number {
  const [, number, unit] = new RegExp(`${which} +([\\d.]+)(us|ms|s)`).exec(text)!
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's']
}

/** Rounds of all ways in turns; the medians, and those of the ratio to the round without filter. */
async function compare(envoy: Envoy, ways: readonly Way[], size: number, load: Load): Promise<void> {
  const rounds: Record<string, Measured>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const measured: Record<string, Measured> = {}
    for (const way of ways) measured[way] = await measure(envoy, way, size, load)
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
      failed > 0 ? `FAILED ${failed}` : '',
    ]
    process.stdout.write(`  ${load.name} ${String(size).padStart(6)} B  ${way.padEnd(8)} ${columns.join('  ')}\n`)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

async function benchmark({ child, port }: Ingest): Promise<void> {
  await using app = await application()
  const filters = (way: Way): Piece[] => (way === 'none' ? [] : [parse(filterOf(way))])
  const server = { host: '127.0.0.1', port }
  const clusters = [parse(clusterOf('lua', server)), parse(clusterOf('ext-proc', server))]
  const listeners = WAYS.map(way => listener(way, { filters: filters(way) }))
  await using envoy = await startEnvoy(bootstrap(listeners, [cluster('app', app.port('app')), ...clusters]))
  for (const size of SIZES) for (const load of [FULL, EASY]) await compare(envoy, WAYS, size, load)
  const outages = [
    ['hangs (SIGSTOP)', 'SIGSTOP'],
    ['is killed', 'SIGKILL'],
  ] as const
  for (const [what, signal] of outages) {
    process.stdout.write(`the ingest server ${what}\n`)
    child.kill(signal)
    for (const size of SIZES) for (const load of [FULL, EASY]) await compare(envoy, ['none', 'lua'], size, load)
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

/**
 * What the eBPF agent costs an nginx with TLS: without it, with it attached for somebody else (nginx is not wanted), and capturing
 * nginx. One worker; in turns, in one run: what counts is the ratio to the run without agent beside it. The frames go to a
 * reader that only counts them.
 *
 *   infra/tapwire bench ebpf             or, longer:   node test/bench/ebpf.bench.ts SECONDS-PER-RUN
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { agentPresent } from '#infra/setup/ebpf-agent.ts'
import { programPath } from '#infra/setup/program.ts'
import { AGENT } from '#producers/ebpf/command.ts'
import { FrameReader } from '#producers/ebpf/frames.ts'
import { TYPE } from '#producers/ebpf/messages.ts'

const SECONDS = Number(process.argv[2] ?? 3)
const ROUNDS = 3
const SIZES = [1000, 100_000]
const PACE = join(import.meta.dirname, 'load/wrk-pace.lua')
/** The kernel counts CPU time in ticks of 10 ms. */
const TICK_MS = 10

interface Load {
  readonly name: string
  readonly connections: number
  /** Of each connection between its requests, ms on average. */
  readonly pause: number
}

/** As fast as one worker can; and about 5,000 requests a second, if the machine has them to spare. */
const FULL: Load = { name: 'full load', connections: 32, pause: 0 }
const STEADY: Load = { name: 'steady load', connections: 100, pause: 19 }

const WAYS = ['none', 'attached', 'capturing'] as const
type Way = (typeof WAYS)[number]

interface Measured {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** Of nginx, µs for a request. */
  readonly cpu: number
  /** Of the agent, µs for a request. */
  readonly agent: number
  /** Bytes of plaintext that came, for a request. */
  readonly bytes: number
  readonly lost: number
}

interface Nginx {
  readonly port: number
  readonly worker: number
  readonly master: ChildProcess
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function startNginx(folder: string): Promise<Nginx> {
  const port = await freePort()
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem']
  spawnSync('openssl', ['req', '-x509', ...key, '-out', 'cert.pem', '-subj', '/CN=localhost'], { cwd: folder })
  for (const size of SIZES) writeFileSync(join(folder, String(size)), 'y'.repeat(size))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/${name};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `user root; worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error;
     events { worker_connections 1000; }
     http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')}
       server { listen 127.0.0.1:${port} ssl; root ${folder};
         ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; } }`,
  )
  const master = spawn(programPath('nginx')!, ['-p', folder, '-c', 'nginx.conf'], { stdio: 'inherit' })
  for (let tries = 0; ; tries++) {
    const children = readFileSync(`/proc/${master.pid}/task/${master.pid}/children`, 'latin1').trim()
    if (children !== '') return { port, worker: Number(children.split(' ')[0]), master }
    if (tries === 100) throw new Error('nginx did not start')
    await delay(50)
  }
}

interface Agent {
  readonly pid: number
  bytes(): number
  /** Stops it; bytes that were lost. */
  stop(): Promise<number>
}

async function startAgent(nginx: Nginx, way: Way): Promise<Agent> {
  const child = spawn(AGENT, ['--ring-bytes', String(64 << 20)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const reader = new FrameReader()
  const attached = Promise.withResolvers<void>()
  let bytes = 0
  let stats: Record<string, number> = {}
  child.stdout.on('data', chunk =>
    reader.feed(chunk, ({ type, body }) => {
      if (type === TYPE.data) bytes += body.length - 8
      if (type === TYPE.done) attached.resolve()
      if (type === TYPE.stats) stats = JSON.parse(Buffer.from(body).toString())
    }),
  )
  // Somebody else who uses the same library is wanted: the probes are there, and nginx runs into them.
  const wanted = way === 'capturing' ? `pid ${nginx.worker} in` : `pid ${process.pid} in`
  child.stdin.write(`${wanted}\napply\n`)
  await attached.promise
  return {
    pid: child.pid!,
    bytes: () => bytes,
    stop: async () => {
      child.stdin.end()
      await once(child, 'close')
      return (stats['ringLost'] ?? 0) + (stats['eventsLost'] ?? 0) + (stats['memoryLost'] ?? 0)
    },
  }
}

/** CPU time so far, ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

async function measure(nginx: Nginx, way: Way, size: number, load: Load): Promise<Measured> {
  const agent = way === 'none' ? null : await startAgent(nginx, way)
  const url = `https://127.0.0.1:${nginx.port}/${size}`
  const shape = ['-t1', `-c${load.connections}`, `-d${SECONDS}s`, '--latency', '-s', PACE]
  const before = { nginx: cpuOf(nginx.worker), agent: agent === null ? 0 : cpuOf(agent.pid) }
  const { stdout } = await promisify(execFile)(programPath('wrk')!, [...shape, url, '--', String(load.pause)])
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  const perRequest = (now: number, then: number): number => ((now - then) * 1000) / requests
  const cpu = perRequest(cpuOf(nginx.worker), before.nginx)
  const ofAgent = agent === null ? 0 : perRequest(cpuOf(agent.pid), before.agent)
  const lost = (await agent?.stop()) ?? 0
  return {
    rate: requests / SECONDS,
    p50: milliseconds(stdout, '50%'),
    p99: milliseconds(stdout, '99%'),
    cpu,
    agent: ofAgent,
    bytes: (agent?.bytes() ?? 0) / requests,
    lost,
  }
}

function milliseconds(text: string, which: string): number {
  const [, number, unit] = new RegExp(`${which} +([\\d.]+)(us|ms|s)`).exec(text)!
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's']
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** Rounds of all ways in turns; the medians, and those of the ratio to the round without agent. */
async function compare(nginx: Nginx, size: number, load: Load): Promise<void> {
  const rounds: Record<string, Measured>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const measured: Record<string, Measured> = {}
    for (const way of WAYS) measured[way] = await measure(nginx, way, size, load)
    rounds.push(measured)
  }
  for (const way of WAYS) {
    const of = (value: (measured: Measured) => number) => median(rounds.map(round => value(round[way]!)))
    const ratio = (value: (measured: Measured) => number) =>
      median(rounds.map(round => value(round[way]!) / value(round['none']!))).toFixed(2)
    const lost = rounds.reduce((sum, round) => sum + round[way]!.lost, 0)
    const columns = [
      `${of(one => one.rate).toFixed(0)}/s (${ratio(one => one.rate)})`.padStart(16),
      `p50 ${of(one => one.p50).toFixed(2)} ms (${ratio(one => one.p50)})`.padEnd(20),
      `p99 ${of(one => one.p99).toFixed(2)} ms (${ratio(one => one.p99)})`.padEnd(21),
      `nginx ${of(one => one.cpu).toFixed(1)} µs, agent ${of(one => one.agent).toFixed(1)} µs per request`,
      way === 'capturing' ? `${of(one => one.bytes).toFixed(0)} B per request, lost ${lost} B` : '',
    ]
    process.stdout.write(`  ${load.name} ${String(size).padStart(6)} B  ${way.padEnd(9)} ${columns.join('  ')}\n`)
  }
}

if (!agentPresent() || ['nginx', 'wrk', 'openssl'].some(name => programPath(name) === null))
  process.stdout.write('skipped: npm run setup brings the eBPF agent, nginx and wrk\n')
else {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-ebpf-bench-'))
  const nginx = await startNginx(folder)
  try {
    for (const size of SIZES) for (const load of [FULL, STEADY]) await compare(nginx, size, load)
  } finally {
    nginx.master.kill('SIGTERM')
    await once(nginx.master, 'close')
    rmSync(folder, { recursive: true })
  }
}

/**
 * The ingest server of producers/envoy: messages a CPU second, by POST over HTTP/1.1 and by ext_proc, against servers that only
 * read (load/ingest-rival.ts). Clients are other processes; the pairs stand in turns.
 *
 *   infra/tapwire bench ingest            or, longer:   node test/bench/ingest.bench.ts SECONDS-PER-RUN
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programPath } from '#infra/setup/program.ts'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { encodeMessage } from '#schemas/message/message.ts'

const SECONDS = Number(process.argv[2] ?? 2)
const ROUNDS = 3
/** The kernel counts CPU time in ticks of 10 ms. */
const TICK_MS = 10
const LOAD = join(import.meta.dirname, 'load')
const run = promisify(execFile)

const fields = Array.from({ length: 10 }, (_, i): [string, string] => [
  `x-header-number-${i}`,
  `some value of length ${i}`,
])
const body = Buffer.alloc(1000, 'x')
const half = { headers: fields, body, bodyBytes: body.length }
const pair = Buffer.concat([encodeMessage(requestHalf(half)), encodeMessage(responseHalf(half))])

interface Server {
  readonly child: ChildProcess
  readonly port: number
}

async function start(file: string, ...words: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [join(LOAD, file), ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, port: Number(line.toString()) }
}

function cpuOf({ child }: Server): number {
  const times = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(times[11]) + Number(times[12])) * TICK_MS
}

/** Requests or streams of a CPU second of the server. */
async function perCpuSecond(server: Server, load: (port: number) => Promise<number>): Promise<number> {
  const before = cpuOf(server)
  const done = await load(server.port)
  return (done / (cpuOf(server) - before)) * 1000
}

const folder = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))

/** Bodies of `pairs` requests with their responses. */
function posts(pairs: number): (port: number) => Promise<number> {
  const file = join(folder, `${pairs}`)
  writeFileSync(file, Buffer.concat(Array.from({ length: pairs }, () => pair)))
  return async port => {
    const words = [
      '-t1',
      '-c16',
      `-d${SECONDS}s`,
      '-s',
      join(LOAD, 'wrk-messages.lua'),
      `http://127.0.0.1:${port}`,
      '--',
      file,
    ]
    const { stdout } = await run(programPath('wrk')!, words)
    const failed = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1]
    if (failed !== undefined) process.stdout.write(`  ${failed} were refused\n`)
    return Number(/(\d+) requests in/.exec(stdout)?.[1])
  }
}

async function streams(port: number): Promise<number> {
  const { stdout } = await run(process.execPath, [join(LOAD, 'ext-proc-client.ts'), String(port), String(SECONDS)])
  return Number(stdout)
}

/** Medians of both, and of their ratio. `messages`: in one request or stream. */
async function compare(
  name: string,
  rival: Server,
  rivalName: string,
  load: (port: number) => Promise<number>,
  messages: number,
): Promise<void> {
  const rounds: (readonly [number, number])[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const baseline = await perCpuSecond(rival, load)
    rounds.push([baseline, await perCpuSecond(tapwire, load)])
  }
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[ROUNDS >> 1]!
  const whole = (value: number): string =>
    Math.round(value * messages)
      .toLocaleString('en')
      .padStart(9)
  const ratio = median(rounds.map(([baseline, own]) => own / baseline))
  process.stdout.write(
    `  ${name.padEnd(32)} ${whole(median(rounds.map(([, own]) => own)))} messages a CPU second; ${rivalName} ${whole(median(rounds.map(([baseline]) => baseline)))}; ratio ${ratio.toFixed(2)}\n`,
  )
}

const tapwire = await start('ingest.ts')
const http = await start('ingest-rival.ts', 'http')
const grpc = await start('ingest-rival.ts', 'grpc')
try {
  if (programPath('wrk') === null) process.stdout.write('  POST: wrk is not installed (npm run setup installs it)\n')
  else {
    for (const pairs of [1, 25]) {
      await compare(`POST, ${2 * pairs} messages of 1.9 kB`, http, 'node:http, bodies read', posts(pairs), 2 * pairs)
    }
  }
  await compare('ext_proc, bodies of 1 kB', grpc, '@grpc/grpc-js, undecoded', streams, 2)
} finally {
  for (const { child } of [tapwire, http, grpc]) child.kill()
  rmSync(folder, { recursive: true })
}

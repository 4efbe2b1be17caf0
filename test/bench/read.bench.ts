/**
 * `tapwire read --only exchange FILE >/dev/null`, a whole process, against tshark, tcpflow and a plain loop.
 * tcpflow only writes the two streams of every connection to files: reassembly, no HTTP.
 *
 *   node --expose-gc test/bench/read.bench.ts [FILE]        or TAPWIRE_LOAD=FILE infra/tapwire bench read
 *
 * FILE: keep-alive HTTP to port 8088, as ../shared/tools/make-load-capture writes it; without one, that tool makes it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadComponents, ROOT } from '#infra/cli/components.ts'
import { programPath } from '#infra/setup/program.ts'
import { splitRequests } from './load/baseline.ts'
import { loadCapture } from './load/capture.ts'
import { type Ran, runProcess } from './load/process.ts'
import { stageCosts } from './load/stages.ts'

/** tshark does some thousand exchanges a second: it gets the beginning of the file. */
const TSHARK_EXCHANGES = 30_000
/** What the stage table holds in memory. */
const STAGE_EXCHANGES = 100_000
const BASELINE_ROUNDS = 3

const TSHARK_ARGS = ['-d', 'tcp.port==8088,http', '-Y', 'http', '-T', 'fields']
const TSHARK_FIELDS = ['http.request.method', 'http.request.uri', 'http.host', 'http.response.code']

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const rate = (count: number, seconds: number): string => `${Math.round(count / seconds).toLocaleString('en')} a second`

function tapwire(file: string, workers: string | null, count = false): Promise<Ran> {
  const flags = workers === null ? [] : ['--workers', workers]
  return runProcess(
    process.execPath,
    [join(ROOT, 'infra/tapwire'), 'read', '--only', 'exchange', ...flags, file],
    count,
  )
}

function describe({ seconds, cpuSeconds, peakBytes }: Ran, exchanges: number): string {
  const memory = Math.round(peakBytes / 1024 ** 2)
  return `${rate(exchanges, seconds)} (${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU, peak ${memory} MiB)`
}

/** Null when it is not installed. */
function tshark(slice: string): Promise<Ran> | null {
  const program = programPath('tshark')
  if (program === null) return null
  return runProcess(program, ['-r', slice, ...TSHARK_ARGS, ...TSHARK_FIELDS.flatMap(name => ['-e', name])])
}

/** Null when it is not installed. */
function tcpflow(path: string, folder: string): Promise<Ran> | null {
  const program = programPath('tcpflow')
  return program === null ? null : runProcess(program, ['-r', path, '-o', folder, '-S', 'enable_report=NO'])
}

async function bench(path: string, scratch: string): Promise<void> {
  let walked = splitRequests(readFileSync(path))
  let walkSeconds = Number.POSITIVE_INFINITY
  for (let round = 0; round < BASELINE_ROUNDS; round++) {
    const started = performance.now()
    walked = splitRequests(readFileSync(path))
    walkSeconds = Math.min(walkSeconds, (performance.now() - started) / 1000)
  }
  const file = readFileSync(path)
  const { requests, packets } = walked
  say(`${path}: ${(file.length / 1e6).toFixed(0)} MB, ${packets} packets, ${requests} requests`)

  const slice = (name: string, most: number): { path: string; requests: number } => {
    const { end, requests: found } = splitRequests(file, most)
    writeFileSync(join(scratch, name), file.subarray(0, end))
    return { path: join(scratch, name), requests: found }
  }
  const { lines } = await tapwire(path, null, true)
  const one = await tapwire(path, '1')
  const two = await tapwire(path, '2')
  const auto = await tapwire(path, null)
  const part = slice('tshark.pcap', TSHARK_EXCHANGES)
  const shark = await tshark(part.path)
  const flow = await tcpflow(path, join(scratch, 'tcpflow'))

  say('')
  const found = lines === requests ? 'all of them' : `NOT the ${requests} of the plain loop`
  const ratio = (value: number): string => value.toFixed(2).padStart(8)
  say(`exchanges found            ${lines}: ${found}`)
  if (shark !== null) {
    const times = (ours: number, theirs: number): string => ratio(requests / ours / (part.requests / theirs))
    say(`times tshark               ${times(auto.seconds, shark.seconds)}   (all cores)`)
    say(`times tshark, per core     ${times(one.cpuSeconds, shark.cpuSeconds)}   (by CPU time, 1 worker)`)
  }
  if (flow !== null) {
    say(`times tcpflow              ${ratio(flow.seconds / auto.seconds)}   (all cores)`)
    say(`times tcpflow, per core    ${ratio(flow.cpuSeconds / one.cpuSeconds)}   (by CPU time, 1 worker)`)
  }
  say(`plain loop, times ours     ${ratio(one.seconds / walkSeconds)}   (1 worker, with starting and printing)`)
  say(`two workers, times one     ${ratio(one.seconds / two.seconds)}`)
  say('')
  say(`tapwire read, auto         ${describe(auto, requests)}`)
  say(`tapwire read --workers 1   ${describe(one, requests)}`)
  say(`tapwire read --workers 2   ${describe(two, requests)}`)
  say(`plain loop, 1 thread       ${rate(requests, walkSeconds)} (${walkSeconds.toFixed(2)} s)`)
  if (shark === null) say('tshark                     not installed (npm run setup)')
  else say(`tshark                     ${describe(shark, part.requests)}, the first ${part.requests} exchanges only`)
  if (flow === null) say('tcpflow                    not installed (npm run setup)')
  else
    say(
      `tcpflow                    ${rate(packets, flow.seconds)}, in packets (${flow.seconds.toFixed(2)} s, ${flow.cpuSeconds.toFixed(2)} s of CPU)`,
    )
  say(`tapwire, 1 worker, packets ${rate(packets, one.cpuSeconds)} of CPU`)

  const piece = slice('stages.pcap', STAGE_EXCHANGES)
  say(`\nstage by stage, one thread, CPU time, the first ${piece.requests} exchanges in memory`)
  for (const { stage, unit, nanoseconds } of await stageCosts(await loadComponents(), piece.path, piece.requests)) {
    say(`  ${stage.padEnd(24)} ${nanoseconds.toFixed(0).padStart(7)} ns a ${unit}`)
  }
}

const capture = loadCapture(process.argv[2] ?? process.env['TAPWIRE_LOAD'])
if ('missing' in capture) say(`skipped: ${capture.missing}`)
else {
  const scratch = mkdtempSync(join(tmpdir(), 'tapwire-read-bench-'))
  try {
    await bench(capture.path, scratch)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

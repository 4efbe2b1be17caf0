/**
 * A capture in the embedded log, as often as it takes for the wanted number of exchanges (each time as another sensor's),
 * replayed twice: both outputs must be the same bytes. Baseline: `tapwire read --workers 1` of the same capture, which has no
 * log to read and no offsets to write.
 *
 *   node test/bench/replay.bench.ts [CAPTURE [EXCHANGES]]      a million: node test/bench/replay.bench.ts big.pcap 1000000
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ROOT } from '#infra/cli/components.ts'
import { loadCapture } from './load/capture.ts'
import { runProcess } from './load/process.ts'

const TAPWIRE = join(ROOT, 'infra', 'tapwire')
const LOG_BYTES = 16 * 1024 ** 3
const LF = 10

const [given, wanted = '100000'] = process.argv.slice(2)
const capture = loadCapture(given)
const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
try {
  if ('missing' in capture) console.log(`skipped: ${capture.missing}`)
  else await measure(resolve(capture.path), Number(wanted))
} finally {
  rmSync(directory, { recursive: true })
}

async function measure(path: string, exchanges: number): Promise<void> {
  const only = ['--only', 'exchange']
  const read = await runProcess(process.execPath, [TAPWIRE, 'read', '--workers', '1', ...only, path], true)
  show('read --workers 1 (no log)', read.lines, read.seconds)
  const times = Math.max(1, Math.ceil(exchanges / Math.max(1, read.lines)))
  let config = ''
  for (let i = 1; i <= times; i++) {
    config = configOf(i, path)
    await runProcess(process.execPath, [TAPWIRE, 'run', '--config', config])
  }
  const hashes = new Set<string>()
  for (const round of ['first', 'second']) {
    const started = performance.now()
    const { hash, lines } = await hashed(['replay', '--config', config, ...only])
    show(`replay, the ${round} time`, lines, (performance.now() - started) / 1000)
    hashes.add(hash)
  }
  console.log(hashes.size === 1 ? `both the same bytes: sha256 ${[...hashes][0]}` : 'THE OUTPUTS DIFFER')
  if (hashes.size !== 1) process.exitCode = 1
}

function configOf(sensor: number, path: string): string {
  const name = `s${sensor}`
  const file = join(directory, `${name}.yaml`)
  const producers = [{ type: 'pcap-file', name, path }]
  const log = { kind: 'embedded', directory: 'log', maxBytes: LOG_BYTES, reserveBytes: 0 }
  writeFileSync(file, JSON.stringify({ sensor: name, producers, log, telemetry: { listen: false } }))
  return file
}

async function hashed(args: readonly string[]): Promise<{ hash: string; lines: number }> {
  const child = spawn(process.execPath, [TAPWIRE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const hash = createHash('sha256')
  let lines = 0
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    hash.update(chunk)
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++
  }
  return { hash: hash.digest('hex'), lines }
}

function show(title: string, lines: number, seconds: number): void {
  const rate = Math.round(lines / seconds).toLocaleString('en')
  const count = lines.toLocaleString('en').padStart(11)
  console.log(`${title.padEnd(28)} ${count} exchanges ${seconds.toFixed(1).padStart(7)} s ${rate.padStart(9)} a second`)
}

import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { progressBar } from '#infra/telemetry/progress.ts'
import { Refused, Usage } from '#schemas/contracts/errors.ts'
import type { ProducerHost } from '#schemas/contracts/producer.ts'
import type { Args, Command, Io } from '../command.ts'
import { loadComponents } from '../components.ts'
import { readSettings } from '../config.ts'
import { runExplain } from '../explain/command.ts'
import { OFFLINE_HASH_KEY } from '../flow-hash-key.ts'
import { lineTypes } from '../line.ts'
import { LINE_TYPES, shared } from '../pipeline.ts'
import { readAll } from '../read/offline.ts'
import { openPool, startThreads } from '../read/pool.ts'
import { renderSummary } from '../summary.ts'

/** Fixed, whatever the number of threads: so that the lines are the same on every machine. */
const PARTITIONS = 8
/** Bytes of segments per round. */
const ROUND_BYTES = 1024 * 1024
/** Below this, starting threads takes longer than reading. */
const WORTH_THREADS = 16 * 1024 * 1024

export const read: Command = {
  name: 'read',
  positionals: 'CAPTURE...',
  summary: 'Read pcap and pcapng files and print what happened in them as JSON lines',
  flags: {
    only: {
      type: 'string',
      value: 'TYPES',
      describe: `Comma-separated: ${LINE_TYPES.join(', ')} (default: exchange,detection)`,
    },
    bodies: { type: 'boolean', describe: 'Add bodies to exchanges, in base64' },
    summary: { type: 'boolean', describe: 'Print a readable summary instead of lines (the default on a terminal)' },
    lines: { type: 'boolean', describe: 'Print lines also on a terminal' },
    explain: {
      type: 'string',
      value: 'WHAT',
      describe:
        'Print, layer by layer, how a packet (7), a flow (10.0.0.1:40000-10.0.0.2:80) or the connection of an id was understood',
    },
    speed: {
      type: 'string',
      value: 'X',
      describe: '1: at the pace it was captured, 2: twice as fast, …; 0: flat out (default)',
    },
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      describe: 'Configuration of the processors (limits, trusted proxies, …)',
    },
    workers: { type: 'string', value: 'N', describe: 'Worker threads (default: one per core; 1: none)' },
  },
  examples: [
    ['tapwire read capture.pcap', 'exchanges and detections, one JSON object a line'],
    ['tapwire read --only detection *.pcapng | jq .rule', 'only what is suspicious'],
    ['tapwire read --summary big.pcap.gz', 'what is in there, for a person'],
    ['tapwire read --explain 7 capture.pcap', 'how packet 7 was understood, and what became of it'],
    ['tcpdump -i eth0 -w - port 80 | tapwire read -', 'straight from tcpdump (live)'],
  ],
  notes: ['Lines go to stdout, everything else to stderr. Exit code 1 when a capture could not be read to its end.'],
  run: runRead,
}

async function runRead(args: Args, io: Io): Promise<number> {
  const explained = args.text('explain')
  if (explained !== undefined) return runExplain(explained, args, io)
  const files = args.positionals
  if (files.length === 0) throw new Usage("which capture? e.g. 'tapwire read capture.pcap', or - for standard input")
  const summary =
    args.is('summary') || (io.stdout.isTTY === true && !args.is('lines') && args.text('only') === undefined)
  // Before anything else is loaded: a thread needs as long for that as this one. A configuration may want another number.
  const early =
    args.text('config') === undefined ? startThreads(workersFor(args.text('workers'), 'auto', files, io)) : null
  const speed = speedOf(args.text('speed'))
  const components = await loadComponents()
  const types = lineTypes(args.text('only'), components)
  const { root, processors: given, warnings } = readSettings(components, args.text('config'), io.cwd, io.env)
  for (const warning of warnings) io.stderr.write(`tapwire: warning: ${warning}\n`)
  const threads = early ?? startThreads(workersFor(args.text('workers'), root.workers, files, io))
  const processors = shared(components, given, PARTITIONS)
  const pool = openPool(components, { processors, types, bodies: args.is('bodies'), lines: !summary }, threads)

  const spec = components.producers.get('pcap-file')!
  const bar = progressBar(io.stderr)
  let failed = false
  let captured = 0
  for (const file of files) {
    if (io.signal.aborted) break
    const host: ProducerHost = {
      sensor: root.sensor,
      partitions: PARTITIONS,
      flowHashKey: OFFLINE_HASH_KEY,
      position: null,
      batchBytes: ROUND_BYTES,
      directory: io.cwd,
      wire: root.capture,
      stdin: io.stdin,
    }
    try {
      await using producer = await spec.open(spec.config.parse({ path: file, speed }), host)
      const show = (): void => bar.update(file, producer.progress())
      await readAll(producer, pool, text => writeOut(io, text), show, io.signal)
      captured += producer.stats()['packets'] ?? 0
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      bar.clear()
      io.stderr.write(`tapwire: ${error.message}\n`)
      failed = true
    }
  }
  bar.clear()
  const report = await pool.finish()
  for (const error of report.errors) io.stderr.write(`tapwire: internal error, please report it: ${error}\n`)
  if (summary) io.stdout.write(renderSummary({ ...report, packets: captured, files: files.length }))
  if (io.signal.aborted) {
    io.stderr.write('tapwire: interrupted: the lines so far are whole; run the same command again to read everything\n')
    return 130
  }
  return failed || report.errors.length > 0 ? 1 : 0
}

function speedOf(text: string | undefined): number {
  const speed = Number(text ?? 0)
  if (text === '' || !(speed >= 0 && speed <= 1e6))
    throw new Usage(`--speed: expected a number from 0 (flat out), got ${text}`)
  return speed
}

function workersFor(flag: string | undefined, configured: number | 'auto', files: readonly string[], io: Io): number {
  const wanted = flag ?? configured
  if (wanted !== 'auto') {
    const n = Number(wanted)
    if (!Number.isInteger(n) || n < 1 || n > PARTITIONS * 8)
      throw new Usage(`--workers: expected a whole number from 1 to ${PARTITIONS * 8}, got ${wanted}`)
    return Math.min(n, PARTITIONS)
  }
  const size = files.reduce((sum, file) => sum + sizeOf(file, io.cwd), 0)
  return size < WORTH_THREADS ? 1 : Math.min(availableParallelism(), PARTITIONS)
}

/** Bytes of a file; what cannot be sized (standard input, a pipe) counts as big. An error is the producer's to tell. */
function sizeOf(file: string, cwd: string): number {
  if (file === '-') return WORTH_THREADS
  const stat = statSync(resolve(cwd, file), { throwIfNoEntry: false })
  return stat?.isFile() === false ? WORTH_THREADS : (stat?.size ?? 0)
}

/**
 * Waits until the text is out of our hands: it is in memory that is used again, and memory stays bounded when the other side
 * is slow. A failed write ends the process (`main.ts`).
 */
function writeOut(io: Io, text: Uint8Array): Promise<void> {
  return new Promise(resolve => {
    io.stdout.write(text, error => {
      if (error == null) resolve()
    })
  })
}

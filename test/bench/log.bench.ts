/**
 * Lines per second into a file, in batches of 500 detections: this sink, a pino logger, and a bare write of the same text.
 *
 *   node test/bench/log.bench.ts
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { detectionLine } from '#schemas/json/lines.ts'
import { plainDetection } from '#schemas/json/plain.ts'
import log from '#sinks/log/index.ts'
import { detection } from '#test/driver/records.ts'

const BATCH = 500
const BATCHES = 100
const ROUNDS = 5

const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
const { signal } = new AbortController()
const values = Array.from({ length: BATCH }, (_, i) => detection({ id: `${i}`.padStart(24, '0') }))
const records = values.map(value => ({ topic: 'detections' as const, value }))

async function measure(title: string, batch: () => unknown): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < BATCHES; i++) await batch()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / (BATCH * BATCHES))
  }
  console.log(`${title.padEnd(40)} ${Math.round(1e9 / best).toLocaleString('en')} lines a second`)
}

{
  const fd = openSync(join(directory, 'bare'), 'a')
  await measure('bare writeSync of the lines', () => {
    writeSync(fd, values.map(value => `${detectionLine(value)}\n`).join(''))
  })
  closeSync(fd)
}
{
  await using sink = await log.open(log.config.parse({ path: 'sink' }), { stdout: process.stdout, directory })
  await measure('this sink (pino.destination)', () => sink.write(records, signal))
}
{
  await using sink = await log.open(log.config.parse({ path: 'synced', fsync: true }), {
    stdout: process.stdout,
    directory,
  })
  await measure('this sink, fsync', () => sink.write(records, signal))
}
{
  const destination = pino.destination({ dest: join(directory, 'logger'), sync: true })
  const options = { base: null, timestamp: false, formatters: { level: () => ({}) } }
  const logger = pino(options, destination)
  await measure('pino logger, one write a line', () => {
    for (const value of values) logger.info(plainDetection(value))
  })
}
rmSync(directory, { recursive: true })

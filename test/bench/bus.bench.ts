/**
 * What the message log carries: `node test/bench/bus.bench.ts [directory]`. Ratios are against writing the same bytes to
 * a file in the same directory, with an fsync per batch where the log does one.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Bus, Raw } from '#schemas/contracts/bus.ts'

const TOPIC: TopicSpec = { name: 't', key: 'flow', schema: 'bench', cleanup: 'delete', retention: null, partitions: 8 }
const TABLE: TopicSpec = { ...TOPIC, name: 'table', cleanup: 'compact', partitions: 1 }
const LIMITS = { maxBytes: 8 * 1024 ** 3, reserveBytes: 0 }

interface Load {
  readonly name: string
  readonly batches: readonly (readonly Raw[])[]
}

function load(name: string, topic: string, count: number, records: number, bytes: number): Load {
  const value = Buffer.alloc(bytes, 0x61)
  const record = (i: number): Raw => ({ topic, key: Buffer.from(`key-${i % 50_000}`), value, time: 1e15 + i })
  const batches = Array.from({ length: count }, (_, b) =>
    Array.from({ length: records }, (_, i) => record(b * records + i)),
  )
  return { name, batches }
}

const LOADS: readonly Load[] = [
  load('segments, 4 records of 250 kB', 't', 300, 4, 250_000),
  load('segments, 1 record of 1 MB', 't', 300, 1, 1_000_000),
  load('small, 4000 records of 200 B', 't', 50, 4000, 200),
  load('state, 4000 keys of 200 B', 'table', 50, 4000, 200),
]

interface Result {
  readonly seconds: number
  readonly bytes: number
  readonly records: number
}

async function timed({ batches }: Load, append: (batch: readonly Raw[]) => Promise<void> | void): Promise<Result> {
  const start = performance.now()
  for (const batch of batches) await append(batch)
  const all = batches.flat()
  const bytes = all.reduce((sum, record) => sum + record.key!.length + record.value!.length, 0)
  return { seconds: (performance.now() - start) / 1000, bytes, records: all.length }
}

async function readAll(bus: Bus): Promise<Result> {
  const start = performance.now()
  let [bytes, records] = [0, 0]
  for (let p = 0; p < TOPIC.partitions!; p++) {
    for await (const batch of bus.read('t', p, 0)) {
      bytes += batch.bytes
      records += batch.records.length
    }
  }
  return { seconds: (performance.now() - start) / 1000, bytes, records }
}

function report(name: string, { seconds, bytes, records }: Result, baseline?: Result): void {
  const rate = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`.padStart(10)
  const count = `${Math.round(records / seconds).toLocaleString('en')} records/s`.padStart(22)
  const ratio = baseline === undefined ? '' : `  ${(seconds / baseline.seconds).toFixed(2)} x the time of the file`
  process.stdout.write(`${name.padEnd(52)}${rate}${count}${ratio}\n`)
}

/** Writes key and value of every record, as the slow obvious twin of a log. */
async function toFile(directory: string, work: Load, flush: boolean): Promise<Result> {
  const file = openSync(join(directory, 'plain'), 'w')
  const result = await timed(work, batch => {
    for (const { key, value } of batch) {
      writeSync(file, key!)
      writeSync(file, value!)
    }
    if (flush) fsyncSync(file)
  })
  closeSync(file)
  return result
}

async function measure(name: string, bus: Bus, work: Load, baseline: Result): Promise<void> {
  await bus.ensure([TOPIC, TABLE])
  report(`${work.name}: ${name}`, await timed(work, batch => bus.append(batch)), baseline)
  if (work.batches[0]![0]!.topic === 't') report('  reading it again', await readAll(bus))
  await bus[Symbol.asyncDispose]()
}

const parent = process.argv[2] ?? tmpdir()
for (const work of LOADS) {
  const directory = mkdtempSync(join(parent, 'tapwire-bench-'))
  const plain = await toFile(directory, work, false)
  const flushed = await toFile(directory, work, true)
  report(`${work.name}: file`, plain)
  report(`${work.name}: file, flushed`, flushed)
  await measure('memory', new MemoryBus({ partitions: 8 }), work, plain)
  for (const durability of ['process', 'power'] as const) {
    const options = { directory: join(directory, durability), partitions: 8, durability, limits: LIMITS }
    await measure(
      `embedded, ${durability}`,
      await openEmbedded(options),
      work,
      durability === 'power' ? flushed : plain,
    )
  }
  rmSync(directory, { recursive: true })
}

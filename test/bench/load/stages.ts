/**
 * What each stage costs: the chain is run with one stage more each time over the same segments in memory; a stage's cost is
 * the difference to the run before. Best of some rounds each, in CPU time: others may be busy on the machine. No collection is
 * forced in between: it would throw optimized code away, which costs twice the time in the next round and no real run does.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import type { Components } from '#infra/cli/components.ts'
import { eachSegment, stagesFor } from '#infra/cli/pipeline.ts'
import { Chain } from '#infra/runtime/chain.ts'
import pcapFile from '#producers/pcap-file/index.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import type { Captured, ProducerHost } from '#schemas/contracts/producer.ts'
import { exchangeLine } from '#schemas/json/lines.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { copyBatch, Segment } from '#schemas/records/segment.ts'

export interface StageCost {
  readonly stage: string
  readonly unit: 'packet' | 'exchange'
  readonly nanoseconds: number
}

const ROUNDS = 12
const BATCH_BYTES = 2 * 1024 * 1024
const MIB = 1024 * 1024

type Cut = Captured['batches'][number]

export async function stageCosts(
  components: Components,
  path: string,
  exchanges: number,
): Promise<readonly StageCost[]> {
  const packets = await read(path, cuts => cuts)
  const { cuts } = packets
  const decode = await best(async () => (await read(path, () => [])).nanoseconds)
  const costs: StageCost[] = [{ stage: 'packet decode', unit: 'packet', nanoseconds: decode / packets.count }]

  const append = await best(() => appendAll(cuts))
  const specs = stagesFor(components, 'segments', ['exchanges', 'detections'])
  const runChain = (stages: number, publish: (value: unknown) => void): number => {
    const chain = new Chain(
      specs.slice(0, stages).map(spec => ({
        name: spec.name,
        input: spec.input,
        outputs: spec.outputs,
        processor: spec.create(spec.config.parse({}), components.parts.get(spec.name) ?? {}) as Processor<
          unknown,
          unknown
        >,
      })),
      new Set(['exchanges']),
      (_topic, _key, value) => publish(value),
    )
    const cursor = new Segment()
    const started = process.cpuUsage()
    for (const { batch } of cuts) eachSegment(batch, cursor, chain, (segment, time) => chain.process(segment, time))
    return cpuSince(started)
  }
  let before = 0
  for (const [i, { name }] of specs.entries()) {
    const total = await best(() => runChain(i + 1, () => {}))
    const unit = i === 0 ? 'packet' : 'exchange'
    costs.push({ stage: name, unit, nanoseconds: (total - before) / (i === 0 ? packets.count : exchanges) })
    before = total
  }
  let characters = 0
  const lines = await best(() =>
    runChain(specs.length, value => {
      characters += exchangeLine(value as Exchange, { bodies: false }).length
    }),
  )
  if (characters === 0) throw new Error('no exchange came out')
  costs.push({ stage: 'JSON line', unit: 'exchange', nanoseconds: (lines - before) / exchanges })
  costs.push({ stage: 'log append (segments)', unit: 'packet', nanoseconds: append / packets.count })
  return costs
}

/** ns */
function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) * 1000
}

async function best(measure: () => number | Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    least = Math.min(least, await measure())
  }
  return least
}

/** From the file to segment batches of one partition; `keep` says which of them stay in memory. */
async function read(path: string, keep: (batches: readonly Cut[]) => readonly Cut[]) {
  const host: ProducerHost = {
    sensor: 'bench',
    partitions: 1,
    flowHashKey: new Uint8Array(16),
    position: null,
    batchBytes: BATCH_BYTES,
    directory: process.cwd(),
    wire: WIRE_DEFAULTS,
    stdin: process.stdin,
  }
  const started = process.cpuUsage()
  await using producer = await pcapFile.open(pcapFile.config.parse({ path }), host)
  const { signal } = new AbortController()
  const cuts: Cut[] = []
  for (let got = await producer.read(signal); got !== null; got = await producer.read(signal))
    cuts.push(...keep(got.batches).map(({ partition, batch }) => ({ partition, batch: copyBatch(batch) })))
  const nanoseconds = cpuSince(started)
  return { cuts, nanoseconds, count: producer.stats()['packets'] ?? 0 }
}

/** Encodes every batch and appends it to a fresh embedded log. */
async function appendAll(cuts: readonly Cut[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
  try {
    const limits = { maxBytes: 4096 * MIB, reserveBytes: 0 }
    await using bus = await openEmbedded({ directory, partitions: 1, durability: 'process', limits })
    await bus.ensure([TOPICS.segments])
    const started = process.cpuUsage()
    for (const { partition, batch } of cuts) {
      const value = encodeRecord('segments', batch)
      await bus.append([{ topic: 'segments', partition, key: null, value, time: batch.until }])
    }
    return cpuSince(started)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

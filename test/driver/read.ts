/** The read path in this process: what `tapwire read` does, with the lines and the ledger in hand. */

import { type AnyProcessor, type Components, loadComponents } from '#infra/cli/components.ts'
import { OFFLINE_HASH_KEY } from '#infra/cli/flow-hash-key.ts'
import { LINE_TYPES } from '#infra/cli/pipeline.ts'
import { type LaneReport, Lanes } from '#infra/cli/read/lanes.ts'
import { Lines, newLineMemory, outputsOf } from '#infra/cli/read/lines.ts'
import { Merger } from '#infra/cli/read/merge.ts'
import pcapFile from '#producers/pcap-file/index.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Captured, ProducerHost } from '#schemas/contracts/producer.ts'
import { copyBatch } from '#schemas/records/segment.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import type { Frame } from '#test/driver/captures.ts'

export interface ReadResult {
  /** In the order of `tapwire read --bodies --only exchange,message,detection,anomaly`. */
  readonly lines: readonly string[]
  readonly report: LaneReport
}

type Round = Captured['batches']

/** As `tapwire read` without a configuration: the ids are the same. */
const SENSOR = 'tapwire'
const KEY = OFFLINE_HASH_KEY
const PARTITIONS = 2
const ROUND_BYTES = 16 * 1024

/**
 * The project's components for many short runs: `detect` keeps no state, and what it takes 10 ms to build is built once
 * for all of them (with the configuration of the first).
 */
export async function reusableComponents(): Promise<Components> {
  const components = await loadComponents()
  const detect = components.processors.get('detect')!
  let built: ReturnType<AnyProcessor['create']> | null = null
  const reused: AnyProcessor = { ...detect, create: (config, parts) => (built ??= detect.create(config, parts)) }
  return { ...components, processors: new Map(components.processors).set('detect', reused) }
}

/** A capture file through the producer. Throws what the producer throws. */
export async function readFile(
  components: Components,
  directory: string,
  path: string,
  processors: Readonly<Record<string, unknown>> = {},
): Promise<ReadResult> {
  const host: ProducerHost = {
    sensor: SENSOR,
    partitions: PARTITIONS,
    flowHashKey: KEY,
    position: null,
    batchBytes: ROUND_BYTES,
    directory,
    wire: WIRE_DEFAULTS,
    stdin: process.stdin,
  }
  await using producer = await pcapFile.open(pcapFile.config.parse({ path }), host)
  const { signal } = new AbortController()
  const rounds: Round[] = []
  for (let read = await producer.read(signal); read !== null; read = await producer.read(signal))
    rounds.push(owned(read.batches))
  return readRounds(components, rounds, processors)
}

/** Frames as a capture would hold them, without a file. Synchronous. */
export function readFrames(
  components: Components,
  frames: Iterable<Frame>,
  processors: Readonly<Record<string, unknown>> = {},
): ReadResult {
  return readRounds(components, segmentsOf(frames, PARTITIONS), processors)
}

/** What a producer makes of Ethernet frames; the last round ends the source. */
export function segmentsOf(frames: Iterable<Frame>, partitions: number, roundBytes = ROUND_BYTES): readonly Round[] {
  const segmenter = new Segmenter({
    sensor: SENSOR,
    capture: 'pcap-file',
    source: 'input.pcap',
    partitions,
    flowHashKey: KEY,
    batchBytes: roundBytes,
    time: 0,
    wire: WIRE_DEFAULTS,
  })
  const rounds: Round[] = []
  let packet = 0
  for (const { bytes, time, wireLength = bytes.length } of frames) {
    segmenter.frame(1, bytes, 0, bytes.length, wireLength, time, ++packet)
    if (segmenter.bytes >= roundBytes) rounds.push(owned(segmenter.take()))
  }
  segmenter.end()
  return [...rounds, owned(segmenter.take())]
}

/** Batches are valid until the next read: these are kept. */
function owned(round: Round): Round {
  return round.map(({ partition, batch }) => ({ partition, batch: copyBatch(batch) }))
}

/** Rounds of any producer. */
export function readRounds(
  components: Components,
  rounds: readonly Round[],
  processors: Readonly<Record<string, unknown>> = {},
): ReadResult {
  const lanes = new Lanes(components, { processors, types: LINE_TYPES, bodies: true, lines: true })
  const merger = new Merger()
  const memory = newLineMemory()
  const texts = rounds.map(round => {
    const lines = new Lines(memory)
    for (const { partition, batch } of round) lanes.process(partition, batch, lines)
    return Buffer.from(merger.merge(outputsOf(lines.memory, lines.sections)))
  })
  const text = Buffer.concat(texts).toString()
  return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), report: lanes.report() }
}

/** Fetches a partition's record batches from its leader: any topic, any offset, no consumer group. */
import { setTimeout as delay } from 'node:timers/promises'
import { Retryable } from '#schemas/contracts/errors.ts'
import { type Decompress, decodeBatches, type RecordBatch } from './batches.ts'
import { fetchRequest, OFFSET_OUT_OF_RANGE } from './fetch-request.ts'
import type { Wire } from './wire.ts'

export interface Fetched {
  readonly batches: readonly RecordBatch[]
  /** First offset of each transaction that was aborted, by producer; only where `committed` was asked for. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]
  /** The offset to go on from: behind the last whole batch, also when that was empty. */
  readonly next: number
  /** Bytes of the answer. */
  readonly bytes: number
  readonly highWatermark: number
  /** Everything before is decided: committed or aborted. */
  readonly lastStable: number
  readonly logStart: number
}

export interface FetchOptions {
  /** About so many bytes, at least one whole batch when there is one. */
  readonly maxBytes: number
  /** How long the broker may wait for a first byte. */
  readonly maxWaitMs: number
  /** Only what is decided (read committed), or all there is. */
  readonly committed: boolean
}

/** Throws `Retryable` where waiting helps. An offset outside of what is stored moves to the first stored one. */
export async function fetch(
  wire: Wire,
  decompress: Decompress,
  topic: string,
  partition: number,
  from: number,
  options: FetchOptions,
): Promise<Fetched> {
  const answer = await wire.leader(topic, partition, `fetch of ${topic}/${partition}`, broker =>
    broker.connectionPool.send(fetchRequest(topic, partition, from, options)),
  )
  if (answer.errorCode === OFFSET_OUT_OF_RANGE) return outOfRange(wire, topic, partition, from, options)
  const batches = await decodeBatches(answer.records, decompress)
  const last = batches.at(-1)
  return {
    batches,
    aborted: answer.aborted,
    next: last === undefined ? from : Math.max(from, last.lastOffset + 1),
    bytes: answer.records.length,
    highWatermark: answer.highWatermark,
    lastStable: answer.lastStable,
    logStart: answer.logStart,
  }
}

/** Deleted by retention: goes on with the first that is stored. Not written yet (a reader ahead of the leader): waits. */
async function outOfRange(
  wire: Wire,
  topic: string,
  partition: number,
  from: number,
  { maxWaitMs }: FetchOptions,
): Promise<Fetched> {
  const { first, next } = await offsets(wire, topic, partition)
  if (from >= first) await delay(maxWaitMs)
  const at = Math.max(from, first)
  return { batches: [], aborted: [], next: at, bytes: 0, highWatermark: next, lastStable: next, logStart: first }
}

const EARLIEST = -2
const LATEST = -1
const ALL = 0
const ONLY_COMMITTED = 1
const SETTLE_MS = 3

/** First stored offset, and the end of what is decided. */
export async function offsets(wire: Wire, topic: string, partition: number): Promise<{ first: number; next: number }> {
  const [first, next] = await Promise.all([
    listOffset(wire, topic, partition, EARLIEST, ONLY_COMMITTED),
    listOffset(wire, topic, partition, LATEST, ONLY_COMMITTED),
  ])
  return { first, next }
}

/**
 * The end of the partition as of this call, as soon as everything before it is decided. Brokers acknowledge a transaction
 * before its markers are written: for some milliseconds a reader does not see what its own process has committed. A transaction
 * whose producer died stays open until its time-out; after `patienceMs` that is `Retryable`.
 */
export async function settledEnd(wire: Wire, topic: string, partition: number, patienceMs: number): Promise<number> {
  const end = await listOffset(wire, topic, partition, LATEST, ALL)
  const deadline = performance.now() + patienceMs
  for (let wait = SETTLE_MS; ; wait = Math.min(wait * 2, 100)) {
    if ((await listOffset(wire, topic, partition, LATEST, ONLY_COMMITTED)) >= end) return end
    if (performance.now() > deadline)
      throw new Retryable(
        'kafka.open-transaction',
        `${topic}/${partition}: a transaction before offset ${end} is still open`,
      )
    await delay(wait)
  }
}

/** The first offset whose record was appended at `timestamp` (ms) or later; null when there is none. */
export async function offsetFor(
  wire: Wire,
  topic: string,
  partition: number,
  timestamp: number,
): Promise<number | null> {
  const offset = await listOffset(wire, topic, partition, timestamp, ONLY_COMMITTED)
  return offset < 0 ? null : offset
}

function listOffset(
  wire: Wire,
  topic: string,
  partition: number,
  timestamp: number,
  isolationLevel: number,
): Promise<number> {
  return wire.leader(topic, partition, `offsets of ${topic}/${partition}`, async broker => {
    const topics = [{ topic, partitions: [{ partition, timestamp }] }]
    const { responses } = await broker.listOffsets({ replicaId: -1, isolationLevel, topics })
    return Number(responses[0]!.partitions[0]!.offset)
  })
}

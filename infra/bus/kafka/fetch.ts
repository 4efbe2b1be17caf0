/** Fetches a partition's record batches from its leader: any topic, any offset, no consumer group. */
import { setTimeout as delay } from 'node:timers/promises'
import { Retryable } from '#schemas/contracts/errors.ts'
import { type Decompress, decodeBatches, type RecordBatch } from './batches.ts'
import { fetchRequest, OFFSET_OUT_OF_RANGE } from './fetch-request.ts'
import type { Calls } from './wire.ts'

export interface Fetched {
  readonly batches: readonly RecordBatch[]
  /** First offset of each transaction that was aborted, by producer; only where `committed` was asked for. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]
  /** The offset to go on from: behind the last whole batch, also when that was empty. */
  readonly next: number
  /** Bytes of the answer. */
  readonly bytes: number
  /** Retention deleted what was asked for: `next` is the first offset that is stored. */
  readonly skipped: boolean
}

export interface FetchOptions {
  /** About so many bytes, at least one whole batch when there is one. */
  readonly maxBytes: number
  /** How long the broker may wait for a first byte. */
  readonly maxWaitMs: number
  /** Only what is decided (read committed), or all there is. */
  readonly committed: boolean
}

/** Throws `Retryable` where waiting helps, also for an offset beyond the end. An offset that was deleted moves to the first stored one. */
export async function fetch(
  wire: Calls,
  decompress: Decompress,
  topic: string,
  partition: number,
  from: number,
  options: FetchOptions,
): Promise<Fetched> {
  const answer = await wire.leader(topic, partition, `fetch of ${topic}/${partition}`, broker =>
    broker.connectionPool.send(fetchRequest(topic, partition, from, options)),
  )
  if (answer.errorCode === OFFSET_OUT_OF_RANGE) return outOfRange(wire, topic, partition, from)
  const batches = await decodeBatches(answer.records, decompress)
  const last = batches.at(-1)
  return {
    batches,
    aborted: answer.aborted,
    next: last === undefined ? from : Math.max(from, last.lastOffset + 1),
    bytes: answer.records.length,
    skipped: false,
  }
}

/** A reader never gets ahead of what is acknowledged: an offset beyond the end was lost, or the topic is another one. */
async function outOfRange(wire: Calls, topic: string, partition: number, from: number): Promise<Fetched> {
  const first = await listOffset(wire, topic, partition, EARLIEST, ALL)
  if (from < first) return { batches: [], aborted: [], next: first, bytes: 0, skipped: true }
  const end = await endOf(wire, topic, partition)
  throw new Retryable(
    'kafka.offset-out-of-range',
    `${topic}/${partition} ends at offset ${end}, and ${from} was to be read: was the topic deleted and made anew?`,
  )
}

const EARLIEST = -2
const LATEST = -1
const ALL = 0
const ONLY_COMMITTED = 1
const SETTLE_MS = 3

/** The first stored offset. */
export function firstOf(wire: Calls, topic: string, partition: number): Promise<number> {
  return listOffset(wire, topic, partition, EARLIEST, ALL)
}

/**
 * Behind everything that was acknowledged. The broker refuses to say while it may not know (KIP-207): right after a change of
 * leaders the high watermark of a fetch answer can lie before what was read a moment ago.
 */
export function endOf(wire: Calls, topic: string, partition: number): Promise<number> {
  return listOffset(wire, topic, partition, LATEST, ALL)
}

/** Everything before is decided, committed or aborted: the end for a reader. */
export function decidedEnd(wire: Calls, topic: string, partition: number): Promise<number> {
  return listOffset(wire, topic, partition, LATEST, ONLY_COMMITTED)
}

/**
 * The end of the partition as of this call, or `until` if that is lower, as soon as everything before it is decided. Brokers
 * acknowledge a transaction before its markers are written: for some milliseconds a reader does not see what its own process
 * has committed. A transaction whose producer died stays open until its time-out; after `patienceMs` that is `Retryable`.
 */
export async function settledEnd(
  wire: Calls,
  topic: string,
  partition: number,
  patienceMs: number,
  until = Number.POSITIVE_INFINITY,
): Promise<number> {
  const end = Math.min(until, await endOf(wire, topic, partition))
  const settled = await untilSettled(patienceMs, async () => (await decidedEnd(wire, topic, partition)) >= end)
  if (settled) return end
  throw new Retryable(
    'kafka.open-transaction',
    `${topic}/${partition}: a transaction before offset ${end} is still open`,
  )
}

/** Looks until it is true, less and less often. False: it was not within `patienceMs`. */
export async function untilSettled(patienceMs: number, look: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  for (let wait = SETTLE_MS; !(await look()); wait = Math.min(wait * 2, 100)) {
    if (performance.now() > deadline) return false
    await delay(wait)
  }
  return true
}

/** The first offset whose record was appended at `timestamp` (ms) or later; null when there is none. */
export async function offsetFor(
  wire: Calls,
  topic: string,
  partition: number,
  timestamp: number,
): Promise<number | null> {
  const offset = await listOffset(wire, topic, partition, timestamp, ONLY_COMMITTED)
  return offset < 0 ? null : offset
}

function listOffset(
  wire: Calls,
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

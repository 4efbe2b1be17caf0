/**
 * The segments of one connection, out of its partition.
 *
 *   first stored ─────── begin ─────── origin of the detection ─────── the end
 *        other traffic    │ the packet whose time and flow make the     │ a SYN of a new connection, long silence,
 *                         │ connection's id, if it is still stored      │ or all that is stored
 *
 * Before the origin nothing ends it: a forged SYN in the middle must not cut the evidence off.
 *
 * What a proxy mirrored is no connection: there it is the two messages of one exchange, which are the origin.
 */
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { connectionIdOf, messageIdOf } from '#schemas/message/id.ts'
import type { ExchangeConnection, Origin } from '#schemas/records/exchange.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { ACK, FIN, KIND, RST, Segment, type SegmentBatch, SYN } from '#schemas/records/segment.ts'

export interface Conversation {
  readonly partition: number
  readonly sensor: string
  /** Bytes of the flow identity (schemas/records/flow.ts). */
  readonly identity: Uint8Array
  /** Where its first packet is; null when that is no longer stored. */
  readonly begin: Beginning | null
  /** Offsets of the segments that the detection came from. */
  readonly origin: readonly [first: number, last: number]
  /** First offset to read. */
  readonly from: number
  /** Where to stop, exclusive; the end of the partition, unless given. */
  readonly until?: number
  /** It is what a proxy mirrored: the halves of this id, and nothing else of the flow. */
  readonly message?: MessageName
}

/** A message's id, and the key of its segments. */
interface MessageName {
  readonly id: string
  readonly key: number
}

interface Beginning {
  readonly offset: number
  /** Number of the segment in its record. */
  readonly index: number
}

/** One record of the partition; `takes` is to be asked for each of its segments, in order: is it of the connection? */
export interface Piece {
  readonly offset: number
  readonly batch: SegmentBatch
  takes(segment: Segment): boolean
}

/** Connections of one flow that began in the same microsecond are numbered (processors/tcp): more than this never do. */
const SAME_TIME = 4
/** Silence after which nothing more is expected, µs: after an end, and without one. */
const AFTER_END = 60e6
const AFTER_ALL = 600e6

/** Throws `Refused` when the segments are no longer stored. */
export async function locateConversation(
  bus: Bus,
  connection: ExchangeConnection,
  origin: Origin,
): Promise<Conversation> {
  const { log } = origin
  if (log === null) throw new Refused('no-log', 'it was found without a log: there are no stored segments')
  const { first, next } = await bus.bounds('segments', log.partition)
  if (log.offsets[1] < first || log.offsets[0] >= next)
    throw new Refused(
      'expired',
      `its segments (partition ${log.partition}, offsets ${log.offsets.join(' to ')}) are no longer stored: retention has deleted everything before offset ${first}`,
    )
  const { partition, offsets } = log
  const flow = await flowOf(bus, partition, Math.max(first, offsets[0]), offsets[1], connection)
  const { sensor, identity, message } = flow
  if (message !== undefined) {
    const begin = offsets[0] < first ? null : { offset: offsets[0], index: 0 }
    const [from, until] = [Math.max(first, offsets[0]), offsets[1] + 1]
    return { partition, sensor, identity, begin, origin: offsets, from, until, message }
  }
  const begin = await beginningOf(bus, partition, first, offsets[1], { sensor, identity, id: connection.id })
  return { partition, sensor, identity, begin, origin: offsets, from: begin?.offset ?? first }
}

/** The flow between the endpoints of a connection, as the segments name it. */
async function flowOf(
  bus: Bus,
  partition: number,
  from: number,
  last: number,
  connection: ExchangeConnection,
): Promise<Pick<Conversation, 'sensor' | 'identity' | 'message'>> {
  const others = new Set<number>()
  const segment = new Segment()
  for await (const { batch } of batches(bus, partition, from, last + 1)) {
    segment.reset(batch)
    while (segment.next()) {
      if (!segment.ofFlow || others.has(segment.key)) continue
      const id = messageIdOf(segment)
      if (id !== null && connectionIdOf(id) === connection.id)
        return { sensor: batch.sensor, identity: segment.identityBytes(), message: { id, key: segment.key } }
      if (segment.kind !== KIND.message && isBetween(segment, connection))
        return { sensor: batch.sensor, identity: segment.identityBytes() }
      others.add(segment.key)
    }
  }
  throw new Refused(
    'no-segments',
    `partition ${partition}, offsets ${from} to ${last}, hold no segment of its connection`,
  )
}

function isBetween(segment: Segment, { client, server, encapsulation }: ExchangeConnection): boolean {
  const { a, b, encapsulation: own } = segment.identity()
  const names = (x: { ip: string; port: number }): string => `${x.ip} ${x.port}`
  const ends = [names(a), names(b)].sort().join()
  return ends === [names(client), names(server)].sort().join() && JSON.stringify(own) === JSON.stringify(encapsulation)
}

async function beginningOf(
  bus: Bus,
  partition: number,
  from: number,
  last: number,
  { sensor, identity, id }: { readonly sensor: string; readonly identity: Uint8Array; readonly id: string },
): Promise<Beginning | null> {
  const hex = Buffer.from(identity).toString('hex')
  const segment = new Segment()
  for await (const { offset, batch } of batches(bus, partition, from, last + 1)) {
    if (batch.sensor !== sensor) continue
    segment.reset(batch)
    for (let index = 0; segment.next(); index++) {
      if (!segment.ofFlow || !segment.hasIdentity(identity)) continue
      const parts = [sensor, hex, String(segment.time)]
      const ids = Array.from({ length: SAME_TIME }, (_, n) =>
        deterministicId(...parts, ...(n === 0 ? [] : [String(n)])),
      )
      if (ids.includes(id)) return { offset, index }
    }
  }
  return null
}

/** The records of the partition from its beginning to its end; others' segments are in them. */
export async function* piecesOf(bus: Bus, conversation: Conversation): AsyncGenerator<Piece> {
  const { partition, identity, sensor, begin, origin, from, message } = conversation
  const until = conversation.until ?? (await bus.bounds('segments', partition)).next
  let last = Number.NEGATIVE_INFINITY
  let openingSeq = -1
  let ended = 0
  let over = false
  for await (const { offset, batch } of batches(bus, partition, from, until)) {
    const beyond = offset > origin[1]
    if (over || (beyond && batch.until > last + (ended === 3 ? AFTER_END : AFTER_ALL))) return
    let index = -1
    yield {
      offset,
      batch,
      takes(segment) {
        index++
        if (message !== undefined) return segment.key === message.key && messageIdOf(segment) === message.id
        if (over || !segment.ofFlow || batch.sensor !== sensor || !segment.hasIdentity(identity)) return false
        if (begin !== null && offset === begin.offset && index < begin.index) return false
        if (segment.kind === KIND.about || (segment.flags & (SYN | ACK)) === SYN) {
          if (beyond && (segment.kind === KIND.about || segment.seq !== openingSeq)) {
            over = true
            return false
          }
          if (openingSeq < 0) openingSeq = segment.seq
        }
        last = segment.time
        if ((segment.flags & FIN) !== 0) ended |= 1 << segment.dir
        if ((segment.flags & RST) !== 0) ended = 3
        return true
      },
    }
  }
}

/** Records that cannot be decoded are passed over: whatever was found was not found in them. */
async function* batches(
  bus: Bus,
  partition: number,
  from: number,
  until: number,
): AsyncGenerator<{ readonly offset: number; readonly batch: SegmentBatch }> {
  for await (const { records } of bus.read('segments', partition, from, until)) {
    for (const { offset, value } of records) {
      const batch = decoded(value)
      if (batch !== null) yield { offset, batch }
    }
  }
}

function decoded(value: Uint8Array | null): SegmentBatch | null {
  try {
    return value === null ? null : decodeRecord('segments', value)
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}

/**
 * A segment that made a processor throw, taken again by the code of today. It cannot go back into its topic: its
 * neighbours were processed without it, and behind them it would look like a stray of a connection long gone. So its whole
 * connection runs through the chain once more, from the stored segments, and what comes of the segment and is missing
 * in the log is published with the ids it would have had.
 *
 * Never twice: an exchange whose request began at the same time on the same connection is there already, whatever its number;
 * where a number is taken by another exchange (the live run counted without this one) nothing is published in its name.
 */
import type { MaskRecord } from '#infra/runtime/masking/index.ts'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { messageIdOf } from '#schemas/message/id.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { ACK, KIND, Segment, type SegmentBatch, SYN } from '#schemas/records/segment.ts'
import type { Components } from '../components.ts'
import { type Conversation, piecesOf } from '../evidence/conversation.ts'
import { LINE_TOPICS, PUBLISHED } from '../pipeline.ts'
import { type Published, Rerun } from '../replay/rerun.ts'
import { PROCESS_GROUP } from '../run/segments-task.ts'
import type { Entry } from './letters.ts'

interface Made {
  readonly topic: string
  readonly key: string
  readonly value: Published
  readonly time: number
}

export interface Recovered {
  readonly outputs: readonly Raw[]
  readonly says: string
}

/** `config`: unparsed, by processor. Throws `Refused` with the reason why it cannot be done. */
export async function recoverSegment(
  bus: Bus,
  components: Components,
  config: Readonly<Record<string, unknown>>,
  { partition, offset, index }: Entry,
  mask: MaskRecord,
): Promise<Recovered> {
  const bounds = await bus.bounds('segments', partition)
  const batch = offset < bounds.first ? null : await batchAt(bus, partition, offset)
  if (batch === null)
    throw new Refused('expired', 'its record is no longer stored: its connection cannot be processed again')
  const segment = segmentAt(batch, index)
  const id = messageIdOf(segment)
  const conversation: Conversation = {
    partition,
    sensor: batch.sensor,
    identity: segment.identityBytes(),
    begin: null,
    origin: [offset, offset],
    from: bounds.first,
    // What the live run has not processed yet, it will publish itself.
    until: (await bus.committed(PROCESS_GROUP, 'segments'))[partition] ?? bounds.first,
    ...(id === null ? {} : { message: { id, key: segment.key } }),
  }
  const made = await rerun(
    bus,
    components,
    config,
    conversation,
    { offset, index, packet: segment.packet, batch },
    mask,
  )
  return publishable(bus, made)
}

async function batchAt(bus: Bus, partition: number, offset: number): Promise<SegmentBatch | null> {
  for await (const { records } of bus.read('segments', partition, offset, offset + 1)) {
    for (const { value } of records) return value === null ? null : decodeRecord('segments', value)
  }
  return null
}

function segmentAt(batch: SegmentBatch, index: number): Segment {
  const segment = new Segment().reset(batch)
  for (let i = 0; segment.next(); i++) {
    if (i !== index) continue
    if (segment.ofFlow) return segment
    break
  }
  throw new Refused('no-segment', 'it is no segment of a connection: nothing can be recovered from it')
}

interface Culprit {
  readonly offset: number
  readonly index: number
  readonly packet: number
  readonly batch: SegmentBatch
}

/** What comes of the segment: everything whose origin it lies in. */
async function rerun(
  bus: Bus,
  components: Components,
  config: Readonly<Record<string, unknown>>,
  conversation: Conversation,
  { offset, packet, batch: { source } }: Culprit,
  mask: MaskRecord,
): Promise<readonly Made[]> {
  const made: Made[] = []
  const chain = new Rerun(components, config, PUBLISHED, (topic, key, value, time) => {
    // In the order of the chain: what detections may quote depends on the exchange before them.
    const masked = mask(topic, value) as Published
    const { packets, log } = value.origin
    const within = log !== null && log.offsets[0] <= offset && offset <= log.offsets[1]
    if (within && value.origin.source === source && packets[0] <= packet && packet <= packets[1])
      made.push({ topic, key, value: masked, time })
  })
  let opened = conversation.from === 0 || conversation.message !== undefined
  for await (const piece of piecesOf(bus, conversation)) {
    chain.process(conversation.partition, piece, piece.batch, segment => {
      if (!segment.ofFlow) return true
      if (!piece.takes(segment)) return false
      if (piece.offset <= offset && (segment.kind === KIND.about || (segment.flags & (SYN | ACK)) === SYN))
        opened = true
      return true
    })
    if (piece.offset >= offset && !opened)
      throw new Refused('beginning-expired', 'the beginning of its connection is no longer stored: ids would be others')
  }
  if (chain.failed > 0)
    throw new Refused('throws', `it still makes a processor throw: ${chain.errors[0]?.split('\n')[0]}`)
  return made
}

async function publishable(bus: Bus, made: readonly Made[]): Promise<Recovered> {
  const connections = new Set(made.map(({ value }) => value.connection.id))
  const stored = await storedOf(bus, connections)
  const outputs: Made[] = []
  let there = 0
  let taken = 0
  /** Exchanges in whose name detections may be published. */
  const named = new Set<string>()
  for (const one of made.filter(({ topic }) => topic === LINE_TOPICS.exchange)) {
    const { id, connection, time } = one.value as unknown as Exchange
    const twin = stored.exchanges.find(known => known.connection === connection.id && known.time === time)
    if (twin !== undefined) there++
    else if (stored.ids.has(id)) taken++
    else outputs.push(one)
    if (twin?.id === id || (twin === undefined && !stored.ids.has(id))) named.add(id)
  }
  for (const one of made.filter(({ topic }) => topic !== LINE_TOPICS.exchange)) {
    if (stored.ids.has(one.value.id)) there++
    else if (one.topic === LINE_TOPICS.detection && !named.has((one.value as unknown as Detection).exchange)) taken++
    else outputs.push(one)
  }
  const parts = [`${outputs.length} results published`]
  if (there > 0) parts.push(`${there} were there already`)
  if (taken > 0) parts.push(`${taken} not published: the live run gave their number to another exchange`)
  return {
    outputs: outputs.map(({ topic, key, value, time }) => ({
      topic,
      key: Buffer.from(key),
      value: encodeRecord(topic, value),
      time,
    })),
    says: made.length === 0 ? 'processed; it is part of no exchange' : parts.join(', '),
  }
}

interface Stored {
  readonly ids: ReadonlySet<string>
  readonly exchanges: readonly { readonly id: string; readonly connection: string; readonly time: number }[]
}

/** What the log has of these connections. Only records that hold the letters of an id are decoded. */
async function storedOf(bus: Bus, connections: ReadonlySet<string>): Promise<Stored> {
  const letters = [...connections].map(id => Buffer.from(id))
  const ids = new Set<string>()
  const exchanges: { id: string; connection: string; time: number }[] = []
  if (letters.length === 0) return { ids, exchanges }
  for (const topic of PUBLISHED) {
    for (let partition = 0; partition < bus.partitions(topic); partition++) {
      for await (const { records } of bus.read(topic, partition, 0)) {
        for (const { value } of records) {
          if (value === null) continue
          const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
          if (!letters.some(own => bytes.includes(own))) continue
          const known = decodeRecord(topic, value)
          ids.add(known.id)
          if (topic === LINE_TOPICS.exchange)
            exchanges.push({ id: known.id, connection: known.connection.id, time: known.time })
        }
      }
    }
  }
  return { ids, exchanges }
}

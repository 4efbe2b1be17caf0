/** Encodes and decodes the values of every topic: records of schemas/records on one side, Avro on the other. */

import { TOPICS, type TopicName } from '#schemas/avro/topics.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { DeadLetter } from '#schemas/records/dead.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { type LedgerCounts, REASONS } from '#schemas/records/ledger.ts'
import { checkFrame, type SegmentBatch } from '#schemas/records/segment.ts'
import { Codec } from './codec.ts'
import { fromBytes, toBytes } from './common.ts'
import {
  type AvroAnomaly,
  type AvroDetection,
  fromAnomaly,
  fromDetection,
  toAnomaly,
  toDetection,
} from './detection.ts'
import { type AvroExchange, fromExchange, toExchange } from './exchange.ts'
import { pack, unpack } from './pack.ts'
import { currentSchema, publishedSchemas, type SchemaName } from './schemas.ts'

/** How far a producer has read its source. `position` is the producer's own plain data. */
export interface Position {
  readonly source: string
  readonly position: unknown
}

/** What the topics hold. */
export interface TopicValues {
  readonly segments: SegmentBatch
  readonly exchanges: Exchange
  readonly detections: Detection
  readonly anomalies: Anomaly
  readonly dead: DeadLetter
  readonly positions: Position
}

interface Converter<Value, Avro> {
  to(value: Value): Avro
  from(avro: Avro): Value
}

const SEGMENTS: Converter<SegmentBatch, SegmentBatch> = {
  to: batch => ({ ...batch, frame: toBytes(batch.frame) }),
  from({ sensor, capture, source, count, until, ledger, frame }) {
    checkFrame(frame, count)
    return { sensor, capture, source, count, until, ledger: knownCounts(ledger), frame: fromBytes(frame) }
  },
}

/** A newer writer may know more reasons than this reader can add up. */
function knownCounts(ledger: LedgerCounts): LedgerCounts {
  return Object.fromEntries(
    REASONS.flatMap(reason => (Object.hasOwn(ledger, reason) ? [[reason, ledger[reason]]] : [])),
  )
}

const DEAD: Converter<DeadLetter, DeadLetter> = {
  to: letter => ({ ...letter, value: letter.value === null ? null : toBytes(letter.value) }),
  from: ({ timer, value, ...letter }) => ({
    ...letter,
    timer: timer === null ? null : { stage: timer.stage, order: timer.order },
    value: value === null ? null : fromBytes(value),
  }),
}

const POSITION: Converter<Position, { readonly source: string; readonly position: Uint8Array }> = {
  to: ({ source, position }) => ({ source, position: toBytes(pack(position)) }),
  from: ({ source, position }) => ({ source, position: unpackOrRefuse(fromBytes(position)) }),
}

const STATE: Converter<unknown, { readonly entry: Uint8Array }> = {
  to: entry => ({ entry: toBytes(pack(entry)) }),
  from: ({ entry }) => unpackOrRefuse(fromBytes(entry)),
}

function unpackOrRefuse(bytes: Uint8Array): unknown {
  try {
    return unpack(bytes)
  } catch (cause) {
    throw new Refused(
      'bad-record',
      `msgpack inside an Avro record: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    )
  }
}

const CONVERTERS: Readonly<Record<SchemaName, Converter<unknown, unknown>>> = {
  segments: SEGMENTS as Converter<unknown, unknown>,
  exchange: { to: toExchange, from: fromExchange } satisfies Converter<Exchange, AvroExchange> as Converter<
    unknown,
    unknown
  >,
  detection: { to: toDetection, from: fromDetection } satisfies Converter<Detection, AvroDetection> as Converter<
    unknown,
    unknown
  >,
  anomaly: { to: toAnomaly, from: fromAnomaly } satisfies Converter<Anomaly, AvroAnomaly> as Converter<
    unknown,
    unknown
  >,
  dead: DEAD as Converter<unknown, unknown>,
  position: POSITION as Converter<unknown, unknown>,
  state: STATE as Converter<unknown, unknown>,
}

/** Made when first used: parsing all schemas takes longer than a short command runs. */
const codecs = new Map<SchemaName, Codec>()

function codecOf(name: SchemaName): Codec {
  const known = codecs.get(name)
  if (known !== undefined) return known
  const codec = new Codec(currentSchema(name), publishedSchemas(name))
  codecs.set(name, codec)
  return codec
}

/** The first form is for code that knows its topic; the second for code that moves records of any topic. */
export function encodeRecord<Topic extends TopicName>(topic: Topic, value: TopicValues[Topic]): Uint8Array<ArrayBuffer>
export function encodeRecord(topic: string, value: unknown): Uint8Array<ArrayBuffer>
export function encodeRecord(topic: string, value: unknown): Uint8Array<ArrayBuffer> {
  return encodeAs(schemaOf(topic), value)
}

/** Throws `Refused` (`not-avro`, `unknown-schema`, `bad-record`, `bad-segment-frame`): such a record goes to `dead`. */
export function decodeRecord<Topic extends TopicName>(topic: Topic, bytes: Uint8Array): TopicValues[Topic]
export function decodeRecord(topic: string, bytes: Uint8Array): unknown
export function decodeRecord(topic: string, bytes: Uint8Array): unknown {
  return decodeAs(schemaOf(topic), bytes)
}

function schemaOf(topic: string): SchemaName {
  if (!Object.hasOwn(TOPICS, topic)) throw new TypeError(`no topic ${topic}`)
  return TOPICS[topic as TopicName].schema
}

/** A value of a stage's state topic: plain data. */
export function encodeState(entry: unknown): Uint8Array<ArrayBuffer> {
  return encodeAs('state', entry)
}

export function decodeState(bytes: Uint8Array): unknown {
  return decodeAs('state', bytes)
}

function encodeAs(name: SchemaName, value: unknown): Uint8Array<ArrayBuffer> {
  return codecOf(name).encode(CONVERTERS[name].to(value))
}

function decodeAs(name: SchemaName, bytes: Uint8Array): unknown {
  return CONVERTERS[name].from(codecOf(name).decode(bytes))
}

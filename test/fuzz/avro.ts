/**
 * Fuzz target: the value of a record of any topic (the first byte picks it), as if somebody else had written to the log.
 * It is refused, or it is a value that can be encoded and decoded again to the same.
 */
import assert from 'node:assert/strict'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import type { TopicName } from '#schemas/avro/topics.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { Clock, recordOf, Talk } from '#test/driver/packets.ts'
import { segmentsOf } from '#test/driver/read.ts'
import { anomaly, detection, exchange } from '#test/driver/records.ts'

const TOPIC_NAMES: readonly TopicName[] = ['segments', 'exchanges', 'detections', 'anomalies', 'dead', 'positions']

export default function avro(data: Uint8Array): void {
  const topic = TOPIC_NAMES[(data[0] ?? 0) % TOPIC_NAMES.length]!
  let value: unknown
  try {
    value = decodeRecord(topic, data.subarray(1))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return
  }
  assert.deepEqual(decodeRecord(topic, encodeRecord(topic, value)), value, topic)
}

export function seeds(): readonly Uint8Array[] {
  const packets = new Talk(new Clock()).open().map(recordOf)
  const values: readonly (readonly [TopicName, unknown])[] = [
    ...segmentsOf(packets, 1).flatMap(round => round.map(({ batch }) => ['segments', batch] as const)),
    ['exchanges', exchange()],
    ['exchanges', exchange({ response: null, anomalies: ['http.no-response.gap'], stream: 3 })],
    ['detections', detection()],
    ['anomalies', anomaly()],
    ['positions', { source: 'a.pcap', position: { packet: 7, format: null } }],
  ]
  return values.map(([topic, value]) =>
    Buffer.concat([Uint8Array.of(TOPIC_NAMES.indexOf(topic)), encodeRecord(topic, value)]),
  )
}

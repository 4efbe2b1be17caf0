/**
 * Fuzz target: any bytes as what a client of ext_proc sends, in any pieces. Messages of gRPC come out whole or not at all; what
 * becomes of a stream does not depend on how it was cut; every half is a message that a processor takes; every byte has a fate, and
 * all memory is given back.
 *
 *   u8 size of the pieces, then the bytes of the stream
 */
import assert from 'node:assert/strict'
import { Budget } from '#producers/envoy/budget.ts'
import { Counts } from '#producers/envoy/counts.ts'
import { Exchange } from '#producers/envoy/ext-proc/exchange.ts'
import { GrpcMessages } from '#producers/envoy/ext-proc/grpc-messages.ts'
import { readEnvelope } from '#producers/envoy/ext-proc/processing-request.ts'
import { Inbox } from '#producers/envoy/inbox.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { checkMessage } from '#schemas/message/message.ts'
import { MessageSegmenter } from '#schemas/message/segmenter.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { WallClock } from '#schemas/wire/wall-clock.ts'
import {
  attributes,
  encodeRequest,
  framed,
  MODE,
  modes,
  OBSERVED,
  requestBody,
  requestHeaders,
  requestTrailers,
  responseBody,
  responseHeaders,
  responseTrailers,
} from '#test/driver/ext-proc.ts'

const NOW = 1_795_253_435_000_000
const LIMITS = { pendingBytes: 1e9, deadPerSecond: 2, messageBytes: 16_384, messageText: 8192, messageValues: 512 }
const BODY_BYTES = 100
const clock = new WallClock(
  () => 0,
  () => NOW / 1000,
)

export default function extProc(data: Uint8Array): void {
  const size = Math.max(1, data[0] ?? 1)
  const bytes = Buffer.from(data.subarray(1))
  assert.deepEqual(run(bytes, size), run(bytes, Math.max(1, bytes.length)))
}

/** What was made of the stream, its random id left out. */
function run(bytes: Buffer, size: number): unknown {
  const held = new Budget(1e9)
  const counts = new Counts()
  const options = { sensor: 's', capture: 'envoy', source: 'x', partitions: 1, flowHashKey: new Uint8Array(8) }
  const segmenter = new MessageSegmenter({ ...options, batchBytes: 4096, time: 0, number: 0 })
  const inbox = new Inbox({ segmenter, clock, counts, limits: LIMITS })
  const exchange = new Exchange({ inbox, kept: held, node: null, bodyBytes: BODY_BYTES, now: () => NOW })
  const messages = new GrpcMessages(LIMITS.messageBytes, held)
  let end: string | null = null
  const take = (message: Buffer): void => {
    if (end !== null) return
    try {
      exchange.add(readEnvelope(message))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      inbox.reject(error, message)
      end = error.message
    }
  }
  for (let at = 0; at < bytes.length && end === null; at += size) {
    const fault = messages.add(bytes.subarray(at, at + size), take)
    end ??= fault
  }
  messages.clear()
  exchange.close()
  assert.equal(held.used, 0)
  return { end, counts: counts.all(), halves: halvesOf(inbox) }
}

function halvesOf(inbox: Inbox): unknown[] {
  const ledger = new Ledger()
  const halves: unknown[] = []
  const cursor = new Segment()
  for (const { batch } of inbox.take().batches) {
    checkFrame(batch.frame, batch.count)
    ledger.merge(batch.ledger)
    for (cursor.reset(batch); cursor.next(); ledger.add('inspected', cursor.length)) {
      if (cursor.kind !== KIND.message) continue
      const { half } = checkMessage(cursor.payload.slice())
      assert.ok(half.body.length <= BODY_BYTES)
      halves.push({ ...half, id: '' })
    }
  }
  assert.ok(halves.length <= 2)
  assert.equal(ledger.pending, 0)
  return halves
}

export function seeds(): readonly Uint8Array[] {
  const get = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'a.example'],
    [':path', '/a?b=1'],
  ] as const
  const ok = [
    [':status', '200'],
    ['server', 'caf\u00e9'],
  ] as const
  const told = attributes({
    'source.address': '10.0.0.1:1',
    'request.time': '2026-11-22T00:20:40.17Z',
    'connection.mtls': true,
  })
  const sent = (size: number, ...parts: readonly object[]): Uint8Array =>
    Buffer.concat([Buffer.of(size), ...parts.map(part => framed(encodeRequest(part as never)))])
  return [
    sent(
      7,
      { ...requestHeaders(get, true), ...told, ...OBSERVED },
      responseHeaders(ok),
      responseBody('x'.repeat(300), true),
    ),
    sent(
      255,
      requestHeaders(get),
      requestBody('one'),
      requestTrailers([['a', 'b']]),
      responseHeaders(ok),
      responseTrailers([]),
    ),
    sent(
      1,
      { ...requestHeaders(get), ...modes(MODE.NONE, MODE.FULL_DUPLEX_STREAMED) },
      responseHeaders([[':status', '101']]),
    ),
    sent(40, requestHeaders(get), requestBody('y'.repeat(200))),
  ]
}

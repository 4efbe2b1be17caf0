/** What packets showed, told by a proxy instead: the same requests, responses and detections come out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import type { MessageHalf, MessageHeader } from '#schemas/records/message.ts'
import { MESSAGES_START, roundsOf } from '#test/driver/messages.ts'
import { recordOf } from '#test/driver/packets.ts'
import { readFrames, readRounds, reusableComponents } from '#test/driver/read.ts'
import { SCENARIOS } from '#test/golden/scenarios/index.ts'

const components = await reusableComponents()

interface Message {
  readonly version: string
  readonly headers: readonly MessageHeader[]
  readonly trailers?: readonly MessageHeader[]
  readonly bodyBytes: number
  readonly decodedBytes?: number
  readonly body: string
}

interface ExchangeLine {
  readonly type: 'exchange'
  readonly id: string
  readonly host: string
  readonly request: Message & { readonly method: string; readonly target: string }
  readonly response: (Message & { readonly status: number; readonly reason: string }) | null
  readonly anomalies: readonly string[]
}

interface DetectionLine {
  readonly type: 'detection'
  readonly exchange: string
  readonly attack: string
  readonly rule: string
  readonly point: readonly string[]
  readonly evidence: string
}

type Line = ExchangeLine | DetectionLine

/** A proxy shows whole messages that it understood: nothing is odd in their framing, and nothing is missing. */
const ordinary = ({ type, response, anomalies }: ExchangeLine): boolean =>
  type === 'exchange' && response !== null && anomalies.every(kind => kind === 'http1.content-cut')

/** What a filter would send of it. */
function halvesOf({ id, host, request, response }: ExchangeLine): readonly MessageHalf[] {
  const common = { id: `twin-${id.padEnd(20, '_')}`, tls: null }
  const shared = ({ version, headers, trailers = [], body, bodyBytes }: Message) => ({
    protocol: `HTTP/${version}` as MessageHalf['protocol'],
    // The authority says it.
    headers: headers.filter(([name]) => name.toLowerCase() !== 'host'),
    trailers,
    body: Buffer.from(body, 'base64'),
    bodyBytes,
  })
  const { method, target: path } = request
  return [
    requestHalf({ ...common, ...shared(request), method, path, authority: host }),
    responseHalf({ ...common, ...shared(response!), status: response!.status }),
  ]
}

/** What must be the same of a message. */
const told = ({ version, headers, trailers, bodyBytes, decodedBytes, body }: Message): object => ({
  version,
  headers: headers.filter(([name]) => name.toLowerCase() !== 'host'),
  trailers,
  bodyBytes,
  decodedBytes,
  body,
})

function essence(lines: readonly Line[], chosen: readonly ExchangeLine[]): readonly object[] {
  return chosen.map(({ id, host, request, response }) => ({
    host,
    method: request.method,
    target: request.target,
    request: told(request),
    status: response!.status,
    response: told(response!),
    detections: lines
      .filter(line => line.type === 'detection' && line.exchange === id && line.attack !== 'smuggling')
      .map(line => line as DetectionLine)
      .map(({ rule, point, evidence }) => `${rule} ${JSON.stringify(point)} ${evidence}`)
      .toSorted(),
  }))
}

test('mirrored, exchanges are what they are on the wire, and so is what is found in them', () => {
  let exchanges = 0
  let detections = 0
  for (const { name, packets } of SCENARIOS) {
    const seen = readFrames(components, packets().map(recordOf)).lines.map(line => JSON.parse(line) as Line)
    const chosen = seen.filter(line => line.type === 'exchange').filter(ordinary)
    const taken = chosen.flatMap((exchange, i) =>
      halvesOf(exchange).map(half => ({ half, time: MESSAGES_START + i, server: 0 })),
    )
    const again = readRounds(components, roundsOf(taken, 2)).lines.map(line => JSON.parse(line) as Line)
    const mirrored = again.filter(line => line.type === 'exchange')
    const got = essence(again, mirrored).map(one => JSON.stringify(one))
    const want = essence(seen, chosen).map(one => JSON.stringify(one))
    assert.deepEqual(got.toSorted(), want.toSorted(), name)
    exchanges += chosen.length
    detections += again.filter(line => line.type === 'detection').length
  }
  assert.ok(exchanges > 50 && detections > 10, `${exchanges} exchanges, ${detections} detections`)
})

import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { describe, test } from 'node:test'
import {
  ExtProcClient,
  encodeRequest,
  framed,
  MODE,
  modes,
  PROCESS,
  requestBody,
  requestHeaders,
  requestTrailers,
} from '#test/driver/ext-proc.ts'
import { openIngest, readUntil } from '../ingest.test-support.ts'
import { both, POST, requestIn, say, until, WHOLE } from './exchange.test-support.ts'

describe('when Envoy waits for answers', () => {
  test('each part has one, and the stream stays until Envoy ends it', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const stream = client.open()
    const parts = [...WHOLE.slice(0, 3), requestTrailers([]), ...WHOLE.slice(3)]
    say(stream, ...parts)
    await until(() => stream.answers.length === parts.length)
    assert.deepEqual(
      stream.answers.map(answer => Object.entries(answer)),
      parts.map(part => [[Object.keys(part)[0], {}]]),
    )
    stream.call.end()
    assert.equal((await stream.status).code, 0)
    assert.equal((await readUntil(ingest, both)).halves.length, 2)
  })

  test('a body that Envoy does not keep comes back', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const stream = client.open()
    const full = modes(MODE.FULL_DUPLEX_STREAMED, MODE.STREAMED)
    say(stream, { ...requestHeaders(POST), ...full }, requestBody('a'), requestBody('b', true))
    await until(() => stream.answers.length === 3)
    const streamed = (body: string, end: object) => ({
      requestBody: { response: { bodyMutation: { streamedResponse: { body: Buffer.from(body), ...end } } } },
    })
    assert.deepEqual(stream.answers, [{ requestHeaders: {} }, streamed('a', {}), streamed('b', { endOfStream: true })])
    stream.call.end()
    assert.equal((await stream.status).code, 0)
  })

  test('in a way that is not spoken here, it is sent on its own', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const stream = client.open()
    say(stream, { ...requestHeaders(POST), ...modes(MODE.GRPC, MODE.GRPC) }, requestBody('a'))
    assert.equal((await stream.status).code, 0)
    assert.deepEqual(stream.answers, [{ requestHeaders: {} }])
    assert.equal(ingest.stats()['ext-proc.ended.mode-unknown'], 1)
  })

  test('also while nobody takes what is accepted: the messages are dropped and counted', async () => {
    await using ingest = await openIngest({ limits: { pendingBytes: 4 * 1024 * 1024, bodyBytes: 2 * 1024 * 1024 } })
    await using client = new ExtProcClient(ingest.ports[0]!)
    const body = Buffer.alloc(1_500_000)
    for (let n = 0; n < 4; n++) {
      const stream = client.open()
      say(stream, requestHeaders(POST), requestBody(body, true))
      await until(() => stream.answers.length === 2)
      stream.call.end()
      await stream.status
    }
    assert.deepEqual([ingest.stats()['messages.request'], ingest.stats()['drops.pending']], [3, 1])
    const seen = await readUntil(ingest, ({ halves }) => halves.length === 3)
    assert.equal(seen.ledger.get('dropped'), body.length)
    assert.equal(seen.ledger.pending, 0)
  })

  test('also while there is no memory for bodies: they are cut, and counted whole', async () => {
    await using ingest = await openIngest({ limits: { heldBytes: 1024 * 1024, bodyBytes: 2 * 1024 * 1024 } })
    await using client = new ExtProcClient(ingest.ports[0]!)
    const stream = client.open()
    say(
      stream,
      requestHeaders(POST),
      ...Array.from({ length: 20 }, () => requestBody(Buffer.alloc(100_000))),
      requestBody('', true),
    )
    await until(() => stream.answers.length === 22)
    stream.call.end()
    const seen = await readUntil(ingest, ({ halves }) => halves.length === 1)
    assert.equal(requestIn(seen).bodyBytes, 2_000_000)
    assert.ok(requestIn(seen).body.length < 1024 * 1024)
    assert.equal(ingest.stats()['ext-proc.bodies-cut'], 1)
  })
})

test('who does not read answers is not read either, until it does', async () => {
  await using ingest = await openIngest()
  const client = connect(`http://127.0.0.1:${ingest.ports[0]}`, {
    maxSessionMemory: 200,
    settings: { initialWindowSize: 0 },
  })
  client.on('error', () => {})
  const stream = client.request({ ':method': 'POST', ':path': PROCESS, 'content-type': 'application/grpc' })
  const full = modes(MODE.FULL_DUPLEX_STREAMED, MODE.STREAMED)
  stream.write(framed(encodeRequest({ ...requestHeaders(POST), ...full })))
  const bodies = Array.from({ length: 20 }, () => framed(encodeRequest(requestBody(Buffer.alloc(1_000_000)))))
  for (const body of bodies) stream.write(body)
  // As much as the windows of the stream hold, and no more.
  for (let before = -1; stream.writableLength !== before; ) {
    before = stream.writableLength
    for (let n = 0; n < 20; n++) await new Promise(resolve => client.ping(resolve))
  }
  assert.ok(stream.writableLength > 10_000_000, `${stream.writableLength} bytes wait`)
  let received = 0
  stream.on('data', chunk => {
    received += chunk.length
  })
  client.settings({ initialWindowSize: 1_000_000 })
  await until(() => received > 20_000_000)
  assert.equal(stream.writableLength, 0)
  client.destroy()
})

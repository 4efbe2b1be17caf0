import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import {
  attributes,
  ExtProcClient,
  encodeRequest,
  framed,
  PROCESS,
  requestBody,
  requestHeaders,
  requestTrailers,
  responseBody,
  responseHeaders,
} from '#test/driver/ext-proc.ts'
import { openIngest, readUntil, session } from '../ingest.test-support.ts'
import { both, GET, OK, observed, POST, requestIn, responseIn, say, text, WHOLE } from './exchange.test-support.ts'

describe('in observability mode', () => {
  test('one stream becomes two messages with one id, and is ended as soon as both are there', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const stream = client.open({ 'x-tapwire-node': 'sidecar~10.0.0.2~web' })
    say(stream, ...observed(WHOLE))
    assert.equal((await stream.status).code, 0)
    assert.deepEqual(stream.answers, [])
    const seen = await readUntil(ingest, both)
    const [asked, answered] = [requestIn(seen), responseIn(seen)]
    assert.equal(asked.id, answered.id)
    assert.match(asked.id, /^[0-9a-f-]{36}$/)
    assert.deepEqual(
      [asked.method, asked.scheme, asked.authority, asked.path],
      ['POST', 'https', 'shop.example', '/etc/passwd?a=1'],
    )
    assert.deepEqual([asked.headers, text(asked), asked.bodyBytes], [[['user-agent', 'curl']], 'one two', 7])
    assert.deepEqual(
      [asked.source, asked.route, asked.node],
      [{ ip: '203.0.113.7', port: 50_123 }, 'shop', 'sidecar~10.0.0.2~web'],
    )
    assert.deepEqual([answered.status, answered.headers, text(answered)], [200, [['server', 'app']], 'answer'])
    assert.deepEqual([answered.trailers, answered.upstream], [[['x-checked', 'yes']], { ip: '10.0.0.5', port: 8080 }])
    assert.deepEqual([asked.finish, answered.finish], ['complete', 'complete'])
    assert.ok(asked.start <= asked.end && asked.end <= answered.start && answered.start <= answered.end)
    assert.equal(seen.ledger.pending, 0)
    assert.deepEqual(ingest.stats(), {
      ...{ 'connections.accepted': 1, 'ext-proc.streams': 1, 'messages.request': 1, 'messages.response': 1 },
    })
  })

  test('times are those of Envoy when it tells when the request came', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const first = { ...requestHeaders(GET, true), ...attributes({ 'request.time': '2001-02-03T04:05:06.000007Z' }) }
    say(client.open(), ...observed([first, responseHeaders(OK, true)]))
    const seen = await readUntil(ingest, both)
    assert.equal(requestIn(seen).start, Date.parse('2001-02-03T04:05:06Z') * 1000 + 7)
    assert.ok(responseIn(seen).end - requestIn(seen).start < 60e6)
  })

  test('bodies are kept up to the limit, and all of their bytes counted', async () => {
    await using ingest = await openIngest({ limits: { bodyBytes: 10 } })
    await using client = new ExtProcClient(ingest.ports[0]!)
    const parts = [requestHeaders(POST), requestBody('123456'), requestBody('7890ab'), requestBody('cd', true)]
    say(client.open(), ...observed([...parts, responseHeaders(OK), responseBody('x'.repeat(200_000), true)]))
    const seen = await readUntil(ingest, both)
    assert.deepEqual([text(requestIn(seen)), requestIn(seen).bodyBytes], ['1234567890', 14])
    assert.deepEqual([text(responseIn(seen)), responseIn(seen).bodyBytes], ['xxxxxxxxxx', 200_000])
    assert.equal(seen.ledger.get('cap'), 4 + 199_990)
    assert.equal(seen.ledger.pending, 0)
  })

  test('a request with trailers, and an answer that comes before its end', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const parts = [
      requestHeaders(POST),
      responseHeaders(OK, true),
      requestBody('late'),
      requestTrailers([['x-sum', '1']]),
    ]
    say(client.open(), ...observed(parts))
    const seen = await readUntil(ingest, both)
    assert.deepEqual([text(requestIn(seen)), requestIn(seen).trailers], ['late', [['x-sum', '1']]])
    assert.deepEqual([requestIn(seen).finish, responseIn(seen).finish], ['complete', 'complete'])
  })

  test('a protocol that is switched to', async () => {
    const upgrade = [...GET, ['connection', 'upgrade'], ['upgrade', 'websocket']] as const
    const connect = [
      [':method', 'CONNECT'],
      [':authority', 'db.example:5432'],
    ] as const
    for (const [asked, status] of [
      [upgrade, '101'],
      [connect, '200'],
    ] as const) {
      await using ingest = await openIngest()
      await using client = new ExtProcClient(ingest.ports[0]!)
      const parts = [requestHeaders(asked), responseHeaders([[':status', status]]), responseBody('frames')]
      say(client.open(), ...observed(parts))
      const { halves } = await readUntil(ingest, both)
      assert.deepEqual(
        halves.map(({ finish, bodyBytes }) => [finish, bodyBytes]),
        [
          ['upgraded', 0],
          ['upgraded', 0],
        ],
      )
    }
  })
})

test('however the bytes are cut, the messages are the same', async () => {
  await using ingest = await openIngest()
  await using client = session(ingest.ports[0]!)
  const bytes = Buffer.concat(observed(WHOLE).map(part => framed(encodeRequest(part))))
  for (const size of [1, 2, 3, 7, 50, bytes.length]) {
    const stream = client.request({ ':method': 'POST', ':path': PROCESS, 'content-type': 'application/grpc+proto' })
    for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
    await once(stream.resume(), 'end')
  }
  const { halves } = await readUntil(ingest, seen => seen.halves.length === 12)
  const said = new Set(halves.map(half => JSON.stringify({ ...half, id: '', start: 0, end: 0, body: text(half) })))
  assert.equal(said.size, 2)
})

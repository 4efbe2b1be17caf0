import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { RequestHalf, ResponseHalf } from '#schemas/records/message.ts'
import { request, response, SECOND, START, Stage } from './messages.test-support.ts'

function exchange(asked: Partial<RequestHalf>, answered: Partial<ResponseHalf>, settings: unknown = {}): Exchange {
  const stage = new Stage(settings)
  stage.feed(request(asked), 0)
  stage.feed(response(answered), 0)
  assert.equal(stage.ledger.pending, 0)
  return stage.exchanges()[0]!
}

const text = (bytes: Uint8Array | null): string => (bytes === null ? '' : new TextDecoder().decode(bytes))

test('everything that the proxy knows is in the exchange', () => {
  const { id, connection, ...rest } = exchange({}, {})
  assert.match(id, /^[0-9a-f]{24}-1$/)
  assert.deepEqual(
    {
      ...rest,
      request: { ...rest.request, body: text(rest.request.body), content: text(rest.request.content) },
      response: { ...rest.response!, body: text(rest.response!.body), content: text(rest.response!.content) },
    },
    {
      time: START,
      end: START + 3000,
      ordinal: 1,
      stream: null,
      client: { ip: '203.0.113.7', port: 50_123 },
      host: 'shop.example',
      scheme: 'https',
      hops: [{ from: 'envoy', ip: '203.0.113.7', port: 50_123, trusted: true }],
      application: -1,
      mode: 'monitoring',
      request: {
        method: 'POST',
        target: '/buy?id=1',
        path: '/buy',
        query: 'id=1',
        version: '1.1',
        headers: [
          ['content-type', 'application/json'],
          ['authorization', ''],
        ],
        trailers: [],
        bodyBytes: 7,
        decodedBytes: null,
        body: '{"n":1}',
        content: '{"n":1}',
      },
      response: {
        status: 200,
        reason: '',
        version: '1.1',
        headers: [['content-type', 'text/plain']],
        trailers: [['x-checked', 'yes']],
        bodyBytes: 2,
        decodedBytes: null,
        body: 'ok',
        content: 'ok',
      },
      message: null,
      via: {
        peer: { ip: '10.0.0.9', port: 34_567 },
        upstream: { ip: '10.0.0.5', port: 8080 },
        node: 'sidecar~10.0.0.2~web',
        route: 'shop',
        cluster: 'outbound|80||shop',
        virtualHost: 'shop.example:443',
        trace: '4bf92f3577b34da6a3ce929d0e0e4736',
        redacted: ['authorization'],
      },
      anomalies: [],
      origin: { source: 'one', packets: [1, 2], log: { topic: 'segments', partition: -1, offsets: [1, 2] } },
    },
  )
  assert.deepEqual(
    { ...connection, id: '' },
    {
      id: '',
      client: { ip: '203.0.113.7', port: 50_123 },
      server: { ip: '10.0.0.2', port: 8443 },
      encapsulation: [],
      tls: true,
      capture: 'envoy',
      tlsDetails: {
        version: 'TLSv1.3',
        sni: 'shop.example',
        alpn: 'http/1.1',
        peerCertificate: {
          subject: 'CN=client',
          issuer: 'CN=ca',
          uris: ['spiffe://cluster.local/ns/shop/sa/web'],
          dns: ['client.shop.example'],
          sha256: 'ab'.repeat(32),
          serial: '1f',
          validated: true,
        },
      },
    },
  )
})

test('what is not known is absent', () => {
  const nothing = { tls: null, route: null, cluster: null, virtualHost: null, node: null, trace: null, redacted: [] }
  const { via, connection, scheme } = exchange(nothing, { ...nothing, upstream: null })
  assert.deepEqual(via, { peer: { ip: '10.0.0.9', port: 34_567 }, redacted: [] })
  assert.equal(connection.tls, false)
  assert.equal('tlsDetails' in connection, false)
  assert.equal(scheme, 'http')
})

test('targets, hosts and versions', () => {
  const tunnel = exchange({ method: 'CONNECT', path: '', authority: 'DB.example:5432' }, {})
  assert.equal(tunnel.request.target, 'DB.example:5432')
  assert.equal(tunnel.request.path, '')
  assert.equal(tunnel.host, 'db.example:5432')
  const old = exchange(
    { protocol: 'HTTP/1.0', authority: '', headers: [['Host', 'Old.example']] },
    { protocol: 'HTTP/1.0' },
  )
  assert.equal(old.host, 'old.example')
  assert.equal(old.request.version, '1.0')
  assert.equal(exchange({ protocol: 'HTTP/2' }, {}).request.version, '2')
  const mapped = exchange({ source: { ip: '::ffff:192.0.2.1', port: 5 } }, {})
  assert.deepEqual(mapped.client, { ip: '192.0.2.1', port: 5 })
  const socket = exchange({ source: { ip: '', port: 0 } }, {})
  assert.equal(socket.client.ip, '')
})

test('content codings come off, and cut bodies say so', () => {
  const plain = 'x'.repeat(5000)
  const body = new Uint8Array(gzipSync(plain))
  const zipped: Partial<ResponseHalf> = { headers: [['Content-Encoding', 'gzip']], body, bodyBytes: body.length }
  const whole = exchange({}, zipped).response!
  assert.equal(text(whole.content), plain)
  assert.equal(whole.decodedBytes, 5000)
  assert.equal(whole.bodyBytes, body.length)

  const cut = exchange({}, { ...zipped, body: body.subarray(0, 20) })
  assert.equal(cut.response!.bodyBytes, body.length)
  assert.equal(cut.response!.body!.length, 20)
  assert.deepEqual(cut.anomalies, ['http1.content-cut'])
})

test('what is beyond the limits is cap in the ledger, whoever cut it', () => {
  const stage = new Stage({ body: { keep: 10 }, headers: 2 })
  const fields = [
    ['a', '1'],
    ['b', '2'],
    ['cc', '333'],
  ] as const
  stage.feed(request({ headers: fields, body: new Uint8Array(30), bodyBytes: 1000 }), 0)
  stage.feed(response({ trailers: [['x', 'y'.repeat(70_000)]] }), 0)
  const [found] = stage.exchanges()
  assert.equal(found!.request.body!.length, 10)
  assert.equal(found!.request.bodyBytes, 1000)
  assert.deepEqual(found!.request.headers, [
    ['a', '1'],
    ['b', '2'],
  ])
  assert.deepEqual(found!.anomalies, ['message.too-many-fields', 'message.head-too-long'])
  // Cut by the filter, cut here, header fields.
  assert.equal(stage.ledger.get('cap'), 970 + 20 + 5 + 70_001)
  assert.equal(stage.ledger.pending, 0)
})

test('targets are no longer than a header section', () => {
  const { request, anomalies } = exchange({ path: `/${'a'.repeat(3000)}` }, {}, { head: 1000 })
  assert.equal(request.target.length, 1000)
  assert.deepEqual(anomalies, ['message.head-too-long'])
})

test('how a half ended is said', () => {
  const anomalies = (asked: Partial<RequestHalf>, answered: Partial<ResponseHalf>) =>
    exchange(asked, answered).anomalies
  assert.deepEqual(anomalies({ finish: 'aborted' }, {}), ['message.request-aborted'])
  assert.deepEqual(anomalies({}, { finish: 'aborted' }), ['message.response-aborted'])
  assert.deepEqual(anomalies({ finish: 'upgraded' }, { finish: 'upgraded', status: 101 }), ['message.upgraded'])
})

test('a clock that is far off is put right', () => {
  const ahead = { start: START + 3600 * SECOND, end: START + 3601 * SECOND }
  const moved = exchange(ahead, {})
  assert.deepEqual(moved.anomalies, ['message.clock-skew'])
  assert.equal(moved.time, START - SECOND)
  // A long request is sent when it ends: no skew.
  const long = exchange({ start: START - 3600 * SECOND, end: START }, {})
  assert.deepEqual(long.anomalies, [])
  assert.equal(long.time, START - 3600 * SECOND)
})

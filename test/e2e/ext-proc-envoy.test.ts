/**
 * A real Envoy with the ext_proc filter that is shipped, and traffic of all shapes: every exchange arrives, and clients see what
 * they see through a listener of the same Envoy without the filter.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import { describe, test } from 'node:test'
import { TOKEN } from '#infra/deploy/generate/names.ts'
import { openIngest, Seen } from '#producers/envoy/ingest.test-support.ts'
import { Secret } from '#schemas/config/secret.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { Authority } from '#test/driver/certificates.ts'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { type Piece, typed } from '#test/driver/envoy-config.ts'
import {
  Application,
  type Asked,
  askHttp1,
  askHttp2,
  askWebSocket,
  hashOf,
  http2Session,
  type Outcome,
  randomBody,
} from '#test/driver/http-shapes.ts'
import { needs } from '#test/needs.ts'
import { type Changes, proxy, Reading, withChanges } from './mirrored.ts'
import { scratch } from './tapwire.ts'

const KEPT = 65_536
const ROUNDS = 36
const AT_ONCE = 8
const BIG = 50_000_000

/** A way to ask, by its name: which client, and what it asks. */
type Shape = readonly [name: string, way: 'http1' | 'http2' | 'socket', asked: Asked]

/** One of each; `n` is in every path, so that its messages are found. */
function shapes(n: number): readonly Shape[] {
  const small = [randomBody(700)]
  const pieces = Array.from({ length: 5 }, (_, i) => randomBody(1000 * i + 1))
  const large = [randomBody(300_000)]
  const length = { 'content-length': '700' }
  return [
    ['get', 'http1', { path: '/echo' }],
    ['head', 'http1', { path: '/long/1000', method: 'HEAD' }],
    ['no content', 'http1', { path: '/status/204' }],
    ['not modified', 'http2', { path: '/status/304' }],
    ['post', 'http1', { path: '/echo', method: 'POST', body: small, headers: length }],
    ['chunked', 'http1', { path: '/echo', method: 'POST', body: pieces }],
    [
      'continue',
      'http1',
      { path: '/echo', method: 'PUT', body: small, headers: { ...length, expect: '100-continue' } },
    ],
    [
      'trailers',
      'http1',
      {
        path: '/trailers',
        method: 'POST',
        body: small,
        trailers: { 'x-check': 'one' },
        headers: { trailer: 'x-check' },
      },
    ],
    ['large', 'http1', { path: '/echo', method: 'POST', body: large }],
    ['post 2', 'http2', { path: '/echo', method: 'POST', body: small }],
    ['long 2', 'http2', { path: '/long/200000' }],
    ['large 2', 'http2', { path: '/2/echo', method: 'POST', body: large }],
    ['trailers 2', 'http2', { path: '/2/trailers', method: 'POST', body: pieces, trailers: { 'x-check': 'two' } }],
    ['socket', 'socket', { path: '/socket', body: small }],
    ['server aborts', 'http1', { path: '/abort', method: 'POST', body: small }],
    ['client aborts', 'http1', { path: '/echo', method: 'POST', body: small, leaves: true }],
    ['client resets', 'http2', { path: '/2/echo', method: 'POST', body: small, leaves: true }],
  ].map(([name, way, asked]) => {
    const { path } = asked as Asked
    return [
      name,
      way,
      {
        ...(asked as Asked),
        path: `${path}${way === 'socket' ? '' : `?n=${n}&shape=${encodeURIComponent(name as string)}`}`,
      },
    ] as Shape
  })
}

function ask(port: number, session: ClientHttp2Session, [, way, asked]: Shape): Promise<Outcome> {
  if (way === 'http1') return askHttp1(port, asked)
  return way === 'http2' ? askHttp2(session, asked) : askWebSocket(port, asked.body![0]!)
}

/** What was seen of the bodies must be the bytes that went by. */
function assertSaid(half: MessageHalf, bytes: number, body: Uint8Array, name: string): void {
  assert.equal(half.bodyBytes, bytes, name)
  assert.equal(hashOf(half.body), hashOf(body.subarray(0, KEPT)), name)
}

describe('ext_proc with a real Envoy', () => {
  const WAYS: Readonly<Record<string, Changes>> = {
    'as it is shipped': filter => filter,
    'where Envoy waits for answers': filter =>
      withChanges(filter, { observability_mode: false, message_timeout: '10s' }),
    'where bodies come back': filter =>
      withChanges(filter, {
        ...{ observability_mode: false, message_timeout: '10s', failure_mode_allow: false },
        processing_mode: {
          ...(filter['typed_config'] as { processing_mode: object }).processing_mode,
          request_body_mode: 'FULL_DUPLEX_STREAMED',
          response_body_mode: 'FULL_DUPLEX_STREAMED',
        },
      }),
  }
  for (const [name, changes] of Object.entries(WAYS)) {
    test(`${name}: every shape arrives, clients see no difference`, async t => {
      if (!needsEnvoy(t)) return
      await using application = new Application()
      const app = await application.open()
      await using ingest = await openIngest({ token: Secret.of(TOKEN), limits: { bodyBytes: KEPT } })
      await using envoy = await proxy(ingest.ports[0]!, app, changes)
      const seen = new Seen()
      const reading = new Reading(ingest, seen)
      const waits = name !== 'as it is shipped'
      const rounds = waits ? ROUNDS / 6 : ROUNDS
      // An Envoy that holds back headers for an answer may still make a 502 of a response that breaks off behind them.
      const asked = Array.from({ length: rounds }, (_, n) => shapes(n))
        .flat()
        .filter(([shape]) => !waits || shape !== 'server aborts')
      const ports = ['plain', 'mirrored'].map(listener => envoy.port(listener))
      const sessions = ports.map(http2Session)
      let next = 0
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let i = next++; i < asked.length; i = next++) {
            const shape = asked[i]!
            const [plain, mirrored] = await Promise.all(ports.map((port, way) => ask(port, sessions[way]!, shape)))
            assert.deepEqual(mirrored, plain, shape[0])
          }
        }),
      )
      for (const session of sessions) session.destroy()
      const whole = asked.filter(([, , { leaves }]) => leaves !== true)
      // Who leaves at once may never have been heard of.
      await reading.until(() => seen.halves.filter(({ half }) => half === 'response').length >= whole.length)
      await reading.stop()
      const byPath = Map.groupBy(seen.halves, half => half.id)
      const requests = new Map<string, MessageHalf>()
      for (const half of seen.halves) if (half.half === 'request') requests.set(`${half.method} ${half.path}`, half)
      for (const [shape, way, { path, method = 'GET', body = [] }] of whole) {
        if (way === 'socket') continue
        const request = requests.get(`${method} ${path}`)
        assert.ok(request !== undefined, shape)
        const sent = Buffer.concat(body)
        assertSaid(request, sent.length, sent, shape)
        const response = byPath.get(request.id)?.find(({ half }) => half === 'response')
        assert.ok(response !== undefined, shape)
        if (path.includes('/echo')) assertSaid(response, sent.length, sent, shape)
        assert.equal(response.finish, shape === 'server aborts' ? 'aborted' : 'complete', shape)
        assert.equal(request.finish, 'complete', shape)
        if (shape.startsWith('trailers')) assert.equal(request.trailers[0]?.[0], 'x-check', shape)
        // Envoy's HTTP/1 towards the application drops them.
        if (shape === 'trailers 2') assert.deepEqual(response.trailers, [['x-sum', 'two']])
      }
      assert.equal(seen.halves.filter(({ finish }) => finish === 'upgraded').length, 2 * rounds)
      assert.equal(seen.ledger.pending, 0)
      const stats = await envoy.stats('ext_proc.*(streams_failed|failure_mode_allowed|message_timeouts)')
      assert.deepEqual(
        [...stats].filter(([, n]) => n > 0),
        [],
      )
    })
  }

  test('an ingest server that stops in the middle of a request that waits for it does no harm', async t => {
    if (!needsEnvoy(t)) return
    await using application = new Application()
    await using ingest = await openIngest({ token: Secret.of(TOKEN) })
    const waiting = (filter: Piece): Piece =>
      withChanges(filter, { observability_mode: false, message_timeout: '10s', failure_mode_allow: false })
    await using envoy = await proxy(ingest.ports[0]!, await application.open(), waiting)
    const seen = new Seen()
    const reading = new Reading(ingest, seen)
    const session = http2Session(envoy.port('mirrored'))
    const stream = session.request({ ':method': 'POST', ':path': '/echo' })
    stream.write('before ')
    while ([...(await envoy.stats('stream_msgs_received')).values()][0]! < 2);
    await reading.stop()
    stream.end('after')
    const [answer] = await once(stream, 'response')
    stream.setEncoding('utf8')
    assert.deepEqual([answer[':status'], (await stream.toArray()).join('')], [200, 'before after'])
    session.destroy()
    assert.deepEqual(
      seen.halves.map(({ half, finish, bodyBytes }) => [half, finish, bodyBytes]),
      [['request', 'aborted', 7]],
    )
    assert.equal(ingest.stats()['ext-proc.ended.stopped'], 1)
  })

  test('one that is killed and comes back: clients see nothing of it', async t => {
    if (!needsEnvoy(t)) return
    await using application = new Application()
    const first = await openIngest({ token: Secret.of(TOKEN) })
    const [port] = first.ports as [number]
    await using envoy = await proxy(port, await application.open(), filter => filter)
    const ask = async (n: number): Promise<void> => {
      const outcome = await askHttp1(envoy.port('mirrored'), {
        path: `/echo?n=${n}`,
        method: 'POST',
        body: [randomBody(1000)],
      })
      assert.equal(outcome.status, 200)
    }
    for (let n = 0; n < 20; n++) await ask(n)
    await first[Symbol.asyncDispose]()
    for (let n = 20; n < 40; n++) await ask(n)
    await using second = await openIngest({ token: Secret.of(TOKEN), listen: `127.0.0.1:${port}` })
    const seen = new Seen()
    const reading = new Reading(second, seen)
    let n = 40
    for (; seen.halves.length < 20; n++) await ask(n)
    await reading.stop()
    assert.ok((second.stats()['ext-proc.streams'] ?? 0) >= 10)
  })

  test('over mutual TLS', async t => {
    if (!needsEnvoy(t) || !needs(t, 'openssl')) return
    const authority = new Authority(scratch(t))
    const own = authority.issue('server', 'DNS:ingest.example,IP:127.0.0.1')
    const gateway = authority.issue('gateway', 'URI:spiffe://cluster.local/ns/istio-system/sa/gateway')
    const names = ['spiffe://cluster.local/ns/istio-system/sa/gateway']
    const tls = {
      cert: Secret.of(own.cert),
      key: Secret.of(own.key),
      clientCa: Secret.of(authority.cert),
      clientNames: names,
    }
    await using application = new Application()
    await using ingest = await openIngest({ tls })
    const pem = (inline_string: string): Piece => ({ inline_string })
    const context = typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni: 'ingest.example',
      common_tls_context: {
        alpn_protocols: ['h2'],
        tls_certificates: [{ certificate_chain: pem(gateway.cert), private_key: pem(gateway.key) }],
        validation_context: { trusted_ca: pem(authority.cert) },
      },
    })
    const socket = { transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: context } }
    await using envoy = await proxy(ingest.ports[0]!, await application.open(), filter => filter, socket)
    const seen = new Seen()
    const reading = new Reading(ingest, seen)
    const { status } = await askHttp1(envoy.port('mirrored'), { path: '/etc/passwd' })
    assert.equal(status, 200)
    await reading.until(() => seen.halves.length === 2)
    await reading.stop()
    assert.deepEqual(
      seen.halves.map(({ finish }) => finish),
      ['complete', 'complete'],
    )
  })

  test(`a body of ${BIG / 1e6} MB, and no stream is left open`, async t => {
    if (!needsEnvoy(t)) return
    await using application = new Application()
    const app = await application.open()
    await using ingest = await openIngest({ token: Secret.of(TOKEN), limits: { bodyBytes: KEPT } })
    await using envoy = await proxy(ingest.ports[0]!, app, filter => filter)
    const seen = new Seen()
    const reading = new Reading(ingest, seen)
    const body = randomBody(BIG)
    const outcome = await askHttp1(envoy.port('mirrored'), { path: '/echo', method: 'POST', body: [body] })
    assert.deepEqual([outcome.status, outcome.length, outcome.hash], [200, BIG, hashOf(body)])
    await reading.until(() => seen.halves.length === 2)
    await reading.stop()
    for (const half of seen.halves) assertSaid(half, BIG, body, half.half)
    assert.equal(seen.ledger.get('cap'), 2 * (BIG - KEPT))
    const active = 'cluster.tapwire-ext-proc.upstream_rq_active'
    while ((await envoy.stats(`${active}$`)).get(active) !== 0);
  })
})

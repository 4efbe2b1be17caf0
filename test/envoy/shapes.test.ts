/** Every way in which an exchange can go, one by one: the client sees the same with the filter as without, and the halves say how it went. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { envoyPresent } from '#infra/setup/envoy.ts'
import type { MessageHalf, RequestHalf, ResponseHalf } from '#schemas/records/message.ts'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { content } from '#test/envoy/app.ts'
import { Http1Client, Http2Client, raw, type Seen, type Sent } from '#test/envoy/client.ts'
import { type Proxied, startProxied } from '#test/envoy/proxied.ts'

const CAP = 64 * 1024

let proxied: Proxied
before(async () => {
  if (envoyPresent()) proxied = await startProxied({ concurrency: 1 })
})
after(() => proxied?.[Symbol.asyncDispose]())

const requestOf = (halves: readonly MessageHalf[], path: string) =>
  halves.find((half): half is RequestHalf => half.half === 'request' && half.path === path)

const responseOf = (halves: readonly MessageHalf[], path: string) => {
  const request = requestOf(halves, path)
  return halves.find((half): half is ResponseHalf => half.half === 'response' && half.id === request?.id)
}

/** Both halves of the exchange with this path, once they are there. */
async function halvesOf(path: string): Promise<{ request: RequestHalf; response: ResponseHalf }> {
  await proxied.recorder.until(halves => responseOf(halves, path) !== undefined)
  return { request: requestOf(proxied.recorder.halves, path)!, response: responseOf(proxied.recorder.halves, path)! }
}

/** Ordinary requests until `test` holds: Lua's garbage collector runs only while there is traffic. */
async function trafficUntil(test: (halves: readonly MessageHalf[]) => boolean): Promise<void> {
  using client = new Http1Client(proxied.envoy.port('mirrored'))
  for (let i = 0; i < 5000 && !test(proxied.recorder.halves); i++) await client.send({ method: 'GET', path: '/more' })
  await proxied.recorder.until(test)
}

async function sameBothWays(sent: Sent, client: 'http1' | 'http2' = 'http1'): Promise<Seen> {
  const answers: Seen[] = []
  for (const listener of ['plain', 'mirrored']) {
    const port = proxied.envoy.port(listener)
    if (client === 'http1') {
      using http1 = new Http1Client(port)
      answers.push(withoutTime(await http1.send(sent)))
    } else {
      await using http2 = new Http2Client(port)
      answers.push(withoutTime(await http2.send(sent)))
    }
  }
  assert.deepEqual(answers[1], answers[0])
  return answers[1]!
}

function withoutTime(seen: Seen): Seen {
  return {
    ...seen,
    headers: seen.headers.filter(([name]) => name !== 'x-envoy-upstream-service-time' && name !== 'date'),
  }
}

function assertBody(half: MessageHalf, body: Buffer): void {
  assert.equal(half.bodyBytes, body.length)
  assert.ok(Buffer.from(half.body).equals(body.subarray(0, CAP)))
}

const upload = content('up', 3 * CAP)

describe('complete exchanges', () => {
  const cases: Record<string, { sent: Sent; client?: 'http2'; request?: object; response?: object; sends?: number }> = {
    'without bodies': { sent: { method: 'GET', path: '/none?x=1' } },
    'bodies above the cap, with lengths': {
      sent: { method: 'POST', path: '/big?size=200000', body: upload },
      sends: 200_000,
    },
    'chunked both ways': {
      sent: { method: 'PUT', path: '/chunked?chunked&size=9', body: upload, chunked: true },
      sends: 9,
    },
    'with trailers both ways': {
      sent: { method: 'POST', path: '/trailers?trailers&size=3&seed=s', body: upload, trailers: { 'x-sum': '1' } },
      sends: 3,
      request: { trailers: [['x-sum', '1']] },
      response: { trailers: [['x-seed', 's']] },
    },
    '100-continue': { sent: { method: 'POST', path: '/continue', body: upload, headers: { expect: '100-continue' } } },
    HEAD: { sent: { method: 'HEAD', path: '/head?size=5000' } },
    'no content': { sent: { method: 'DELETE', path: '/gone?status=204' }, response: { status: 204 } },
    'HTTP/2': { sent: { method: 'POST', path: '/h2?size=70000', body: upload }, client: 'http2', sends: 70_000 },
    'gRPC, with trailers both ways': {
      sent: {
        method: 'POST',
        path: '/grpc/Call?size=70000&seed=g',
        body: upload,
        headers: { 'content-type': 'application/grpc', te: 'trailers' },
        trailers: { 'x-sum': '1' },
      },
      client: 'http2',
      sends: 70_000,
      request: { trailers: [['x-sum', '1']], route: 'grpc' },
      response: { trailers: [['grpc-status', '0'], ['x-seed', 'g']] }, // biome-ignore format: pairs
    },
  }
  for (const [name, { sent, client = 'http1', request = {}, response = {}, sends = 0 }] of Object.entries(cases)) {
    test(name, { timeout: 30_000 }, async t => {
      if (!needsEnvoy(t)) return
      const seen = await sameBothWays(sent, client)
      assert.equal(seen.error, null)
      assert.equal(seen.continued, sent.headers?.['expect'] !== undefined)
      const halves = await halvesOf(sent.path)
      const protocol = client === 'http1' ? 'HTTP/1.1' : 'HTTP/2'
      const expected = { finish: 'complete', protocol, trailers: [] }
      assert.partialDeepStrictEqual(halves.request, { ...expected, method: sent.method, ...request })
      assert.partialDeepStrictEqual(halves.response, { ...expected, status: seen.status, ...response })
      assertBody(halves.request, sent.body ?? Buffer.alloc(0))
      const seed = new URL(sent.path, 'http://x').searchParams.get('seed') ?? ''
      assertBody(halves.response, content(seed, sends))
    })
  }
})

describe('what becomes something else', () => {
  const handshake = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==\r\n\r\n`

  test('a WebSocket: only the handshake is mirrored', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const frames = 'frame after frame '.repeat(10_000)
    const answers = []
    for (const listener of ['plain', 'mirrored']) {
      const pieces = [handshake('/socket'), frames, 'THE END']
      answers.push(await raw(proxied.envoy.port(listener), pieces, text => text.endsWith('THE END')))
    }
    assert.equal(withoutDate(answers[1]!), withoutDate(answers[0]!))
    assert.ok(answers[1]!.endsWith(`\r\n\r\n${frames}THE END`))
    const { request, response } = await halvesOf('/socket')
    assert.partialDeepStrictEqual(request, { finish: 'upgraded', bodyBytes: 0 })
    assert.partialDeepStrictEqual(response, { finish: 'upgraded', bodyBytes: 0, status: 101 })
  })

  test('a tunnel by CONNECT: nothing of what goes through it is mirrored', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const inside = 'GET /inside?size=5 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
    const answers = []
    for (const listener of ['plain', 'mirrored']) {
      const pieces = ['CONNECT tunnel.example:443 HTTP/1.1\r\nhost: tunnel.example:443\r\n\r\n', inside]
      answers.push(await raw(proxied.envoy.port(listener), pieces, text => text.endsWith(content('', 5).toString())))
    }
    assert.equal(withoutDate(answers[1]!), withoutDate(answers[0]!))
    assert.match(answers[1]!, /^HTTP\/1.1 200 OK\r\n[\s\S]*HTTP\/1.1 200 OK/)
    const isTunnel = (half: MessageHalf) => half.half === 'request' && half.method === 'CONNECT'
    await proxied.recorder.until(halves => halves.some(isTunnel))
    const request = proxied.recorder.halves.find(isTunnel) as RequestHalf
    assert.partialDeepStrictEqual(request, { authority: 'tunnel.example:443', finish: 'upgraded', bodyBytes: 0 })
    await proxied.recorder.until(halves => halves.some(half => half.half === 'response' && half.id === request.id))
    const response = proxied.recorder.halves.find(half => half.half === 'response' && half.id === request.id)
    assert.partialDeepStrictEqual(response, { status: 200, finish: 'upgraded', bodyBytes: 0 })
    assert.equal(requestOf(proxied.recorder.halves, '/inside?size=5'), undefined)
  })

  test('a refused one: the refusal is mirrored whole', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const answer = await raw(proxied.envoy.port('mirrored'), [handshake('/refused')], text => text.endsWith('no'))
    assert.match(answer, /^HTTP\/1.1 400/)
    const { request, response } = await halvesOf('/refused')
    assert.equal(request.finish, 'upgraded')
    assert.partialDeepStrictEqual(response, { finish: 'complete', status: 400, bodyBytes: 2 })
  })
})

function withoutDate(text: string): string {
  return text.replaceAll(/^(date|x-envoy-upstream-service-time): .*\r\n/gm, '')
}

describe('what ends early', () => {
  test('a client that goes away in its upload: what came is mirrored as aborted', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const head = 'POST /left HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n'
    const socket = connect(proxied.envoy.port('mirrored'), '127.0.0.1')
    socket.write(head + content('left', 5000).toString())
    const active = 'http.mirrored.downstream_rq_active'
    while ((await proxied.envoy.stats(active)).get(active) !== 1) await new Promise(setImmediate)
    socket.end()
    await trafficUntil(halves => requestOf(halves, '/left') !== undefined)
    const request = requestOf(proxied.recorder.halves, '/left')!
    assert.equal(request.finish, 'aborted')
    assertBody(request, content('left', request.bodyBytes))
  })

  test('a client that goes away in its download', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const path = '/impatient?size=50000000&seed=i'
    await raw(
      proxied.envoy.port('mirrored'),
      [`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`],
      text => text.length > 100_000,
    )
    await trafficUntil(halves => responseOf(halves, path) !== undefined)
    const { request, response } = await halvesOf(path)
    assert.equal(request.finish, 'complete')
    assert.equal(response.finish, 'aborted')
    assert.ok(response.bodyBytes < 50_000_000)
    assert.ok(Buffer.from(response.body).equals(content('i', CAP)))
  })

  test('a server that goes away in its answer', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const path = '/broken?size=100000&kill=middle&seed=b'
    const seen = await sameBothWays({ method: 'GET', path })
    assert.equal(seen.error, 'ECONNRESET')
    await trafficUntil(halves => responseOf(halves, path) !== undefined)
    const { response } = await halvesOf(path)
    assert.partialDeepStrictEqual(response, { finish: 'aborted', status: 200 })
    assertBody(response, content('b', 50_000))
  })

  test('a server that goes away before: Envoy’s own answer is the response', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const path = '/dead?kill=before'
    const seen = await sameBothWays({ method: 'GET', path })
    assert.equal(seen.status, 503)
    const { response } = await halvesOf(path)
    assert.partialDeepStrictEqual(response, { finish: 'complete', status: 503, bodyBytes: seen.bodyBytes })
  })

  test('an answer before the request is complete: it ends the request', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const head = 'POST /early?early HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nfirst bytes'
    const answers = []
    for (const listener of ['plain', 'mirrored']) {
      answers.push(await raw(proxied.envoy.port(listener), [head], text => text.endsWith('early')))
    }
    assert.equal(withoutDate(answers[1]!), withoutDate(answers[0]!))
    assert.match(answers[1]!, /^HTTP\/1.1 403/)
    await trafficUntil(halves => requestOf(halves, '/early?early') !== undefined)
    const { request, response } = await halvesOf('/early?early')
    assert.partialDeepStrictEqual(request, { finish: 'aborted', bodyBytes: 11 })
    assert.partialDeepStrictEqual(response, { finish: 'complete', status: 403, bodyBytes: 5 })
  })

  test('what Envoy answers itself because it is no request: counted, not mirrored', { timeout: 30_000 }, async t => {
    if (!needsEnvoy(t)) return
    const answers = []
    for (const listener of ['plain', 'mirrored']) {
      answers.push(await raw(proxied.envoy.port(listener), ['GET /nohost HTTP/1.1\r\n\r\n']))
    }
    assert.equal(withoutDate(answers[1]!), withoutDate(answers[0]!))
    assert.match(answers[1]!, /^HTTP\/1.1 400/)
    await sameBothWays({ method: 'GET', path: '/after' })
    const { request } = await halvesOf('/after')
    assert.deepEqual(request.dropped, { noRequest: 1 })
    const counter = 'http.mirrored.lua.tapwire.noRequest'
    assert.equal((await proxied.envoy.stats(counter)).get(counter), 1)
  })
})

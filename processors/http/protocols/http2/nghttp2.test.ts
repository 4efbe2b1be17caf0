/**
 * Against nghttp2, which is what Node's client and server are made of: what both of them say they said is what is read from
 * the bytes between them.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { test } from 'node:test'
import { play, type Step } from '#test/driver/http.ts'
import { mulberry32 } from '#test/driver/random.ts'
import http1 from '../http1/index.ts'
import http2 from './index.ts'

interface Half {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Said {
  readonly request: Half
  readonly response: Half
  readonly trailers: IncomingHttpHeaders
}

/** Passes bytes on, and keeps them. */
function tap(from: Duplex, to: Duplex, keep: (bytes: Buffer) => void): void {
  from.on('data', (bytes: Buffer) => {
    keep(bytes)
    to.write(bytes)
  })
  from.on('end', () => to.end())
}

function wholeOf(stream: Duplex): Promise<Buffer> {
  const parts: Buffer[] = []
  stream.on('data', (bytes: Buffer) => parts.push(bytes))
  return new Promise((resolve, reject) => stream.on('end', () => resolve(Buffer.concat(parts))).on('error', reject))
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE']

/** A conversation of `count` requests, up to 20 at once; by stream, what both ends say of it. */
async function talk(seed: number, count: number): Promise<{ steps: Step[]; said: Map<number, Said> }> {
  const random = mulberry32(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const steps: Step[] = []
  const requests = new Map<number, Half>()
  const said = new Map<number, Said>()
  const server = createServer({
    paddingStrategy: constants.PADDING_STRATEGY_MAX,
    settings: { headerTableSize: 2000 },
  })
  server.on('stream', (stream, headers) => void answer(stream, headers, requests, upTo))
  const [client, clientEnd] = duplexPair()
  const [serverEnd, taken] = duplexPair()
  tap(clientEnd, serverEnd, bytes => steps.push({ c: Buffer.from(bytes) }))
  tap(serverEnd, clientEnd, bytes => steps.push({ s: Buffer.from(bytes) }))
  server.emit('connection', taken)
  const session = connect('http://shop.example', {
    createConnection: () => client,
    settings: { headerTableSize: 800 },
    maxReservedRemoteStreams: 100,
  })
  for (let left = count; left > 0; ) {
    const batch = Math.min(left, 1 + upTo(20))
    left -= batch
    const asked = Array.from({ length: batch }, () => ask(session, random))
    if (upTo(4) === 0) session.settings({ headerTableSize: upTo(5000) })
    if (upTo(4) === 0) session.ping(() => {})
    for (const [id, response, trailers] of await Promise.all(asked))
      said.set(id, { request: requests.get(id)!, response, trailers })
  }
  session.close()
  await once(session, 'close')
  server.close()
  return { steps, said }
}

async function ask(session: ClientHttp2Session, random: () => number): Promise<[number, Half, IncomingHttpHeaders]> {
  const upTo = (n: number) => Math.floor(random() * n)
  const method = METHODS[upTo(4)]!
  const fields = {
    ':method': method,
    ':path': `/item/${upTo(5)}?q=${upTo(3)}`,
    'x-id': String(upTo(1e6)),
    'x-same': 'always',
    // Now and then more than a frame takes.
    'x-long': 'l'.repeat(upTo(30) === 0 ? 40_000 : upTo(100)),
    cookie: ['a=1', `b=${upTo(3)}`],
  }
  const stream = session.request(fields, { endStream: false })
  let trailers: IncomingHttpHeaders = {}
  stream.on('trailers', (got: IncomingHttpHeaders) => {
    trailers = got
  })
  stream.end(method === 'GET' ? undefined : Buffer.alloc(upTo(3) === 0 ? upTo(40_000) : upTo(300), 'b'))
  const body = wholeOf(stream)
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  return [stream.id!, { headers, body: await body }, trailers]
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  requests: Map<number, Half>,
  upTo: (n: number) => number,
): Promise<void> {
  if (upTo(6) === 0) stream.additionalHeaders({ ':status': 103, link: '</a.css>' })
  requests.set(stream.id!, { headers, body: await wholeOf(stream) })
  const wantTrailers = upTo(3) === 0
  stream.respond(
    { ':status': [200, 201, 404, 503][upTo(4)]!, server: 'node', 'x-turn': String(upTo(1e6)) },
    { waitForTrailers: wantTrailers },
  )
  if (wantTrailers) stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(upTo(5)) }))
  stream.end(Buffer.alloc(upTo(4) === 0 ? upTo(50_000) : upTo(500), 'r'))
}

/** As Node joins fields of one name. */
function joined(headers: readonly (readonly [string, string])[]): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of headers)
    all[name] = all[name] === undefined ? value : `${all[name]}${name === 'cookie' ? '; ' : ', '}${value}`
  return all
}

function regular(headers: IncomingHttpHeaders): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
}

test('what nghttp2 says on both ends is what is read between them', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const { steps, said } = await talk(seed, 150)
    const options = { protocols: [http1, http2] }
    const { exchanges, anomalies } = play([...steps, { end: 'both' }], options)
    assert.equal(exchanges.length, said.size, `seed ${seed}`)
    assert.deepEqual(anomalies, [], `seed ${seed}`)
    for (const { stream, request, response, anomalies: odd } of exchanges) {
      const hint = `seed ${seed}, stream ${stream}`
      const truth = said.get(stream!)!
      assert.deepEqual(odd, [], hint)
      assert.equal(request.method, truth.request.headers[':method'], hint)
      assert.equal(request.target, truth.request.headers[':path'], hint)
      assert.deepEqual(joined(request.headers), regular(truth.request.headers), hint)
      assert.deepEqual(Buffer.from(request.body ?? []), truth.request.body, hint)
      assert.ok(response !== null, hint)
      assert.equal(response.status, truth.response.headers[':status'], hint)
      assert.deepEqual(joined(response.headers), regular(truth.response.headers), hint)
      assert.deepEqual(joined(response.trailers), regular(truth.trailers), hint)
      assert.deepEqual(Buffer.from(response.body ?? []), truth.response.body, hint)
    }
  }
})

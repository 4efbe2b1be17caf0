import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { createServer, Socket } from 'node:net'
import { describe, test } from 'node:test'
import { Secret } from '#schemas/config/secret.ts'
import spec from '../index.ts'
import { http1, http2, MSGPACK, openIngest, pair, Seen, session } from '../ingest.test-support.ts'
import { namesOf } from './peer.ts'
import { spokenIn } from './sniff.ts'

const ID = 'AbCdEfGhIjKlMnOpQrSt'
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

test('what a connection speaks is known from its first bytes, however few come at once', async () => {
  assert.deepEqual(
    ['', 'P', 'PRI', PREFACE.slice(0, -1), `${PREFACE}x`, 'POST /', 'PRIX', 'GET', '\x16\x03'].map(head =>
      spokenIn(Buffer.from(head)),
    ),
    [...[null, null, null, null, 'http2', 'http1', 'http1', 'http1', 'http1']],
  )
  await using ingest = await openIngest()
  const body = pair(ID)
  const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-type: ${MSGPACK}\r\ncontent-length: ${body.length}\r\n\r\n`
  const socket = new Socket().connect(ingest.ports[0]!, '127.0.0.1').setNoDelay()
  await once(socket, 'connect')
  for (const byte of head) await new Promise<unknown>(resolve => socket.write(byte, resolve))
  socket.write(body)
  const [answer] = await once(socket, 'data')
  assert.match(answer.toString(), /^HTTP\/1\.1 202 Accepted\r\n/)
  socket.destroy()
})

test('names in a certificate: only whole ones, none out of another', () => {
  assert.deepEqual(namesOf('DNS:Shop.Example, URI:spiffe://a/b, IP Address:10.0.0.1'), [
    'shop.example',
    'spiffe://a/b',
    '10.0.0.1',
  ])
  assert.deepEqual(namesOf('URI:"http://evil/, DNS:shop.example", DNS:b'), ['b'])
  assert.deepEqual(namesOf('othername:<unsupported>, DNS:a'), ['a'])
  assert.deepEqual(namesOf(''), [])
})

test('other networks are not let in', async () => {
  await using ingest = await openIngest({ networks: ['192.0.2.0/24', '127.0.0.2'] })
  await assert.rejects(http1(ingest.ports[0]!, pair(ID)), /ECONNRESET|socket hang up/)
  assert.deepEqual(ingest.stats(), { 'refused.network': 1 })
})

describe('configuration', () => {
  const problems = (config: object): readonly string[] =>
    spec.config.safeParse(config).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  const secret = { env: 'TOKEN' }
  const tls = { cert: secret, key: secret }

  test('beyond loopback it needs a token or mTLS, and says so', () => {
    const [problem = ''] = problems({ listen: '0.0.0.0:5080', tls })
    assert.match(
      problem,
      /^listen: whoever can reach 0\.0\.0\.0:5080 could make up traffic: set token, or tls with clientCa, or listen on 127/,
    )
    assert.match(
      problems({ listen: '127.0.0.1:1', grpcListen: '10.0.0.1:2', networks: ['10.0.0.0/8'] })[0] ?? '',
      /^grpcListen: /,
    )
    assert.deepEqual(problems({ listen: '[::1]:5080' }), [])
    assert.deepEqual(problems({ listen: '0.0.0.0:5080', token: secret }), [])
    assert.deepEqual(problems({ listen: '0.0.0.0:5080', tls: { ...tls, clientCa: secret } }), [])
    assert.match(
      problems({ listen: '0.0.0.0:5080', token: secret, tls: { ...tls, clientNames: ['a'] } })[0] ?? '',
      /^tls\.clientNames: says nothing without/,
    )
    assert.match(problems({ listen: 'localhost:1' })[0] ?? '', /an address and a port/)
  })

  test('a token in the clear is warned of', () => {
    const warnings = (config: object): readonly string[] => spec.warnings(spec.config.parse(config))
    assert.match(
      warnings({ listen: '10.0.0.1:5080', token: secret })[0] ?? '',
      /^10\.0\.0\.1:5080 without tls: the token/,
    )
    assert.deepEqual(warnings({ listen: '10.0.0.1:5080', token: secret, tls }), [])
    assert.deepEqual(warnings({ listen: '127.0.0.1:5080', token: secret }), [])
  })

  test('a short token, and an address that is taken or not here, are errors that say so', async () => {
    await assert.rejects(openIngest({ token: Secret.of('short') }), {
      name: 'Usage',
      message: /^token: 16 characters at least/,
    })
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    await assert.rejects(openIngest({ listen: `127.0.0.1:${port}` }), {
      name: 'Usage',
      message: /another program listens there$/,
    })
    await assert.rejects(openIngest({ grpcListen: `127.0.0.1:${port}` }), /another program listens there$/)
    await assert.rejects(openIngest({ listen: '192.0.2.1:5080', token: Secret.of(ID) }), /has no such address$/)
    taken.close()
  })
})

test('a stop answers what is under way, lets nobody new in, and gives out all of it', async () => {
  await using ingest = await openIngest({ delayMs: 1000 })
  const [port] = ingest.ports as [number]
  await using client = session(port)
  const stop = new AbortController()
  const reading = ingest.read(stop.signal)
  await http2(client, pair(`${ID}-1`))
  const slow = client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK })
  slow.write(pair(`${ID}-2`).subarray(0, 100))
  await new Promise(resolve => client.ping(resolve))
  stop.abort()
  await once(client, 'goaway')
  slow.end(pair(`${ID}-2`).subarray(100))
  const [answer] = await once(slow, 'response')
  assert.equal(answer[':status'], 202)
  const seen = new Seen()
  seen.add(await reading)
  assert.deepEqual(new Set(seen.halves.map(({ id }) => id)), new Set([`${ID}-1`, `${ID}-2`]))
  assert.equal(seen.halves.length, 4)
  await assert.rejects(http1(port, pair(ID)), /ECONNREFUSED/)
  await assert.rejects(ingest.read(stop.signal), { name: 'AbortError' })
})

test('reading leaves nothing behind', async () => {
  await using ingest = await openIngest()
  const { signal } = new AbortController()
  await http1(ingest.ports[0]!, pair(ID))
  for (let n = 0; n < 3; n++) {
    await http1(ingest.ports[0]!, pair(ID))
    await ingest.read(signal)
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

/** What a client can do to this server that does not mean well, or is broken: what it is told, and what is counted. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { http1, http2, MSGPACK, openIngest, pair, session } from '../ingest.test-support.ts'

const ID = 'AbCdEfGhIjKlMnOpQrSt'
const HEAD = `POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-type: ${MSGPACK}\r\n`
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const SETTINGS = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0)

/** A frame of HTTP/2 (RFC 9113 §4.1). */
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

async function connected(port: number): Promise<Socket> {
  const socket = new Socket().connect(port, '127.0.0.1').setNoDelay()
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** What comes back until the server closes the connection. */
async function lastWords(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

/** Afterwards everybody else is still served. */
async function assertServes(port: number): Promise<void> {
  assert.equal((await http1(port, pair(ID))).status, 202)
}

describe('HTTP/1', () => {
  const cases: readonly (readonly [what: string, sent: string, told: RegExp])[] = [
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', /^HTTP\/1\.1 400 /],
    ['headers without an end', `${HEAD}${'a: b\r\n'.repeat(5000)}`, /^HTTP\/1\.1 431 /],
    ['one huge header', `${HEAD}x: ${'a'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['two lengths', `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      'a length and chunks',
      `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['a chunk that is none', `${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\n`, /^HTTP\/1\.1 400 /],
    ['a length of more than the limit', `${HEAD}content-length: 99999999\r\n\r\n`, /^HTTP\/1\.1 413 /],
  ]
  for (const [what, sent, told] of cases) {
    test(what, async () => {
      await using ingest = await openIngest()
      const [port] = ingest.ports as [number]
      const socket = await connected(port)
      const words = lastWords(socket)
      socket.write(sent)
      assert.match(await words, told)
      const stats = ingest.stats()
      assert.equal((stats['connections.broken'] ?? 0) + (stats['requests.too-long'] ?? 0), 1)
      await assertServes(port)
    })
  }
})

describe('slow clients are closed', () => {
  const limits = { headerMs: 200, requestMs: 200, idleMs: 1000 }
  const cases: readonly (readonly [what: string, sent: string, again: string, told: RegExp])[] = [
    ['who say nothing', '', '', /^$/],
    ['who say what both HTTPs begin with', 'PR', '', /^$/],
    ['whose headers trickle', HEAD, 'a', /^HTTP\/1\.1 408 /],
    ['whose body trickles', `${HEAD}content-length: 1000\r\n\r\n`, 'a', /^HTTP\/1\.1 408 /],
  ]
  for (const [what, sent, again, told] of cases) {
    test(what, async () => {
      await using ingest = await openIngest({ limits })
      const [port] = ingest.ports as [number]
      const socket = await connected(port)
      const words = lastWords(socket)
      if (sent !== '') socket.write(sent)
      const trickle = setInterval(() => again !== '' && socket.write(again), 20)
      assert.match(await words, told)
      clearInterval(trickle)
      await assertServes(port)
    })
  }

  test('whose body trickles over HTTP/2', async () => {
    await using ingest = await openIngest({ limits })
    await using client = session(ingest.ports[0]!)
    const stream = client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK })
    stream.on('error', () => {})
    const trickle = setInterval(() => stream.writable && stream.write('a'), 20)
    const [answer] = await once(stream, 'response')
    assert.equal(answer[':status'], 408)
    await once(stream.resume(), 'close')
    clearInterval(trickle)
    assert.equal(ingest.stats()['requests.too-slow'], 1)
  })

  test('who connect by HTTP/2 and ask nothing', async () => {
    await using ingest = await openIngest({ limits })
    const client = session(ingest.ports[0]!)
    await once(client, 'close')
  })
})

describe('HTTP/2', () => {
  const cases: readonly (readonly [what: string, frames: readonly Uint8Array[]])[] = [
    ['a frame longer than allowed', [frame(0, 0, 1, new Uint8Array(70_000))]],
    ['a frame for stream 0 that needs one', [frame(1, 4, 0, new Uint8Array(5))]],
    ['headers that are no HPACK', [frame(1, 4, 1, new Uint8Array(20).fill(0xff))]],
    ['CONTINUATION of nothing', [frame(9, 0, 1, new Uint8Array(5))]],
    [
      'CONTINUATION without end',
      [frame(1, 0, 1, Uint8Array.of(0x82)), ...Array.from({ length: 2000 }, () => frame(9, 0, 1, new Uint8Array(0)))],
    ],
    [
      'a window that overflows',
      [frame(8, 0, 0, Uint8Array.of(0x7f, 0xff, 0xff, 0xff)), frame(8, 0, 0, Uint8Array.of(0x7f, 0xff, 0xff, 0xff))],
    ],
    ['settings without end', Array.from({ length: 20_000 }, () => Buffer.from(SETTINGS))],
  ]
  for (const [what, frames] of cases) {
    test(what, async () => {
      await using ingest = await openIngest()
      const [port] = ingest.ports as [number]
      const socket = await connected(port)
      const words = lastWords(socket)
      socket.write(PREFACE)
      for (const bytes of [SETTINGS, ...frames]) socket.write(bytes)
      assert.ok(goodbye(await words), 'GOAWAY')
      await assertServes(port)
    })
  }

  test('headers beyond the limit', async () => {
    await using ingest = await openIngest()
    await using client = session(ingest.ports[0]!)
    assert.equal((await http2(client, pair(ID), { 'x-long': 'a'.repeat(30_000) })).status, 431)
    assert.equal(ingest.stats()['requests.headers-too-long'], 1)
    assert.equal((await http2(client, pair(ID))).status, 202)
  })

  test('streams that are opened and reset as fast as they can be (CVE-2023-44487): the connection is closed', async () => {
    await using ingest = await openIngest({ limits: { resetsPerSecond: 100 } })
    const [port] = ingest.ports as [number]
    await using client = session(port)
    const closed = once(client, 'goaway')
    for (let n = 0; n < 2000 && !client.destroyed; n++) {
      const stream = client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK })
      stream.on('error', () => {})
      stream.close(constants.NGHTTP2_CANCEL)
      if (n % 100 === 99) await new Promise(resolve => setImmediate(resolve))
    }
    await closed
    assert.ok((ingest.stats()['requests.aborted'] ?? 0) > 100)
    await assertServes(port)
  })

  test('a body that is reset is not whole, whatever came of it', async () => {
    await using ingest = await openIngest()
    await using client = session(ingest.ports[0]!)
    const stream = client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK })
    stream.on('error', () => {}).write(pair(ID))
    await new Promise(resolve => client.ping(resolve))
    stream.close(constants.NGHTTP2_CANCEL)
    while (ingest.stats()['requests.aborted'] === undefined) await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(ingest.stats(), { 'connections.accepted': 1, 'requests.aborted': 1 })
  })

  test('who goes away before the answer is answered nothing, and harms nobody', async () => {
    await using ingest = await openIngest()
    const [port] = ingest.ports as [number]
    await using client = session(port)
    const body = Buffer.concat(Array.from({ length: 500 }, (_, n) => pair(`${ID}-${n}`)))
    for (const leave of ['reset', 'connection'] as const) {
      const before = ingest.stats()['messages.request'] ?? 0
      const stream = client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK })
      stream.on('error', () => {}).end(body)
      while ((ingest.stats()['messages.request'] ?? 0) === before) await new Promise(resolve => setImmediate(resolve))
      if (leave === 'reset') stream.close(constants.NGHTTP2_CANCEL)
      else client.destroy()
      while (ingest.stats()['messages.request'] !== before + 500) await new Promise(resolve => setImmediate(resolve))
    }
    await assertServes(port)
  })

  test('as many resets as Envoy makes are no attack', async () => {
    await using ingest = await openIngest()
    await using client = session(ingest.ports[0]!)
    for (let n = 0; n < 3000; n++) {
      const stream = client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK })
      stream.on('error', () => {})
      stream.close(constants.NGHTTP2_CANCEL)
      if (n % 500 === 499) await new Promise(resolve => client.ping(resolve))
    }
    assert.equal((await http2(client, pair(ID))).status, 202)
    assert.equal(ingest.stats()['connections.broken'], undefined)
  })

  test('more streams on all connections than allowed are refused, the others go on', async () => {
    await using ingest = await openIngest({ limits: { allStreams: 10 } })
    const [port] = ingest.ports as [number]
    await using client = session(port)
    const open = Array.from({ length: 10 }, () =>
      client.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK }).on('error', () => {}),
    )
    await new Promise(resolve => client.ping(resolve))
    await using other = session(port)
    await assert.rejects(http2(other, pair(ID)), /NGHTTP2_REFUSED_STREAM/)
    assert.equal(ingest.stats()['streams.over-limit'], 1)
    open[0]!.close(constants.NGHTTP2_CANCEL)
    await new Promise(resolve => client.ping(resolve))
    assert.equal((await http2(other, pair(ID))).status, 202)
  })

  test('more streams than allowed are refused, the others go on', async () => {
    await using ingest = await openIngest({ limits: { streams: 5 } })
    await using client = session(ingest.ports[0]!)
    await once(client, 'remoteSettings')
    assert.equal(client.remoteSettings.maxConcurrentStreams, 5)
    const answers = await Promise.all(Array.from({ length: 20 }, () => http2(client, pair(ID))))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
  })
})

test('connections are bounded: one more is closed, and when one goes there is room', async () => {
  await using ingest = await openIngest({ limits: { connections: 1000 } })
  const [port] = ingest.ports as [number]
  const sockets = await Promise.all(Array.from({ length: 1000 }, () => connected(port)))
  while (ingest.stats()['connections.accepted'] !== 1000) await new Promise(resolve => setImmediate(resolve))
  const late = await Promise.all(Array.from({ length: 200 }, () => connected(port).then(lastWords)))
  assert.deepEqual(new Set(late), new Set(['']))
  assert.equal(ingest.stats()['connections.over-limit'], 200)
  sockets[0]!.destroy()
  await once(sockets[0]!, 'close')
  let status = 0
  while (status !== 202) status = (await http1(port, pair(ID)).catch(() => ({ status: 0 }))).status
  for (const socket of sockets) socket.destroy()
})

/** True when a GOAWAY is among the frames of a server, which come behind its own settings. */
function goodbye(text: string): boolean {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) if (bytes[at + 3] === 7) return true
  return false
}

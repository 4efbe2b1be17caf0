import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { describe, test } from 'node:test'
import { Secret } from '#schemas/config/secret.ts'
import {
  ExtProcClient,
  type ExtProcStream,
  encodeRequest,
  framed,
  MODE,
  modes,
  OBSERVED,
  PROCESS,
  requestBody,
  requestHeaders,
  responseBody,
  responseHeaders,
} from '#test/driver/ext-proc.ts'
import { openIngest, readUntil, session, TOKEN } from '../ingest.test-support.ts'
import { both, GET, OK, observed, POST, say, until } from './exchange.test-support.ts'

describe('a stream that ends early', () => {
  const ENDS: Readonly<Record<string, (stream: ExtProcStream) => void>> = {
    'closed by Envoy': ({ call }) => call.end(),
    'reset by Envoy': ({ call }) => call.cancel(),
  }
  for (const [name, end] of Object.entries(ENDS)) {
    test(`${name}: what was seen becomes messages`, async () => {
      await using ingest = await openIngest()
      await using client = new ExtProcClient(ingest.ports[0]!)
      const before = client.open()
      say(before, ...observed([requestHeaders(POST), requestBody('half of')]))
      const within = client.open()
      say(within, ...observed([requestHeaders(GET, true), responseHeaders(OK), responseBody('half of')]))
      await until(() => ingest.stats()['messages.request'] === 1)
      end(before)
      end(within)
      const { halves } = await readUntil(ingest, seen => seen.halves.length === 3)
      assert.deepEqual(halves.map(({ half, finish, bodyBytes }) => `${half} ${finish} ${bodyBytes}`).toSorted(), [
        'request aborted 7',
        'request complete 0',
        'response aborted 7',
      ])
      assert.equal(ingest.stats()['messages.aborted'], 2)
    })
  }

  test('with its connection: the same', async () => {
    await using ingest = await openIngest()
    const client = session(ingest.ports[0]!)
    const stream = client.request({ ':method': 'POST', ':path': PROCESS, 'content-type': 'application/grpc' })
    stream.on('error', () => {})
    for (const part of observed([requestHeaders(GET, true), responseHeaders(OK), responseBody('x')]))
      stream.write(framed(encodeRequest(part)))
    await until(() => ingest.stats()['messages.request'] === 1)
    client.destroy()
    const { halves } = await readUntil(ingest, both)
    assert.deepEqual(
      halves.map(({ finish }) => finish),
      ['complete', 'aborted'],
    )
  })

  test('when no body was to be sent, nothing is missing', async () => {
    await using ingest = await openIngest()
    await using client = new ExtProcClient(ingest.ports[0]!)
    const stream = client.open()
    say(stream, ...observed([{ ...requestHeaders(POST), ...modes(MODE.NONE, MODE.NONE) }, responseHeaders(OK)]))
    assert.equal((await stream.status).code, 0)
    const { halves } = await readUntil(ingest, both)
    assert.deepEqual(
      halves.map(({ finish }) => finish),
      ['complete', 'complete'],
    )
  })
})

describe('what is no ext_proc', () => {
  const headers = { ':method': 'POST', ':path': PROCESS, 'content-type': 'application/grpc' }
  const first = framed(encodeRequest({ ...requestHeaders(POST), ...OBSERVED }))

  /** What the server says about a stream that begins with a whole message, and goes on with `bytes`. */
  async function told(bytes: Uint8Array, options: Parameters<typeof openIngest>[0] = {}) {
    await using ingest = await openIngest(options)
    await using client = session(ingest.ports[0]!)
    const stream = client.request(headers)
    stream.on('error', () => {})
    stream.write(Buffer.concat([first, bytes]))
    const [answer] = await once(stream, 'response')
    const { halves } = await readUntil(ingest, seen => seen.halves.length === 1)
    return { status: answer['grpc-status'], why: answer['grpc-message'], stats: ingest.stats(), halves }
  }

  test('a message longer than the limit: before it is there', async () => {
    const { status, stats, halves } = await told(Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff))
    assert.deepEqual([status, stats['ext-proc.ended.too-long'], halves[0]?.finish], ['0', 1, 'complete'])
  })

  test('a compressed message', async () => {
    const { status, why, stats } = await told(Uint8Array.of(1, 0, 0, 0, 9))
    assert.deepEqual([status, why, stats['ext-proc.ended.compressed']], ['12', 'compressed messages are not taken', 1])
  })

  test('a message that is none: counted, and kept', async () => {
    const { status, stats } = await told(framed(Uint8Array.of(0x12, 5, 1)))
    assert.deepEqual([status, stats['ext-proc.ended.malformed'], stats['messages.malformed']], ['0', 1, 1])
  })

  test('a message for which there is no memory', async () => {
    const part = Buffer.concat([Uint8Array.of(0, 0, 0x40, 0, 0), Buffer.alloc(3_000_000)])
    const { status, stats } = await told(part, { limits: { heldBytes: 1024 * 1024 } })
    assert.deepEqual([status, stats['ext-proc.ended.no-memory']], ['0', 1])
  })

  test('a stream that says nothing', async () => {
    const { status, stats } = await told(new Uint8Array(0), { limits: { idleMs: 1000 } })
    assert.deepEqual([status, stats['ext-proc.ended.silent']], ['0', 1])
  })

  test('another service, another content type, no token', async () => {
    await using ingest = await openIngest({ token: Secret.of(TOKEN) })
    await using client = session(ingest.ports[0]!)
    const ask = async (changes: object): Promise<readonly unknown[]> => {
      const stream = client.request({ ...headers, authorization: `Bearer ${TOKEN}`, ...changes }, { endStream: true })
      const [answer] = await once(stream, 'response')
      stream.close(constants.NGHTTP2_NO_ERROR)
      return [answer[':status'], answer['grpc-status']]
    }
    assert.deepEqual(await ask({ ':path': '/other.Service/Method' }), [200, '12'])
    assert.deepEqual(await ask({ 'content-type': 'application/json' }), [200, '12'])
    assert.deepEqual(await ask({ authorization: 'Bearer wrong' }), [200, '16'])
    assert.deepEqual(await ask({ ':path': '/other', 'content-type': 'text/plain' }), [404, undefined])
    assert.deepEqual(await ask({}), [200, '0'])
  })

  test('nothing, where it is switched off', async () => {
    await using ingest = await openIngest({ extProc: false })
    await using client = new ExtProcClient(ingest.ports[0]!)
    assert.equal((await client.open().status).code, 12)
  })
})

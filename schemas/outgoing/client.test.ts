import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import { OtherSide } from '#test/driver/other-side.ts'
import { Secret } from '../config/secret.ts'
import { type Answer, type Call, HttpClient } from './client.ts'
import { httpAddress } from './config.ts'
import { failureOf } from './failure.ts'

const never = new AbortController().signal

async function ask(address: string, call: Partial<Call> = {}, answerBytes = 1024): Promise<Answer> {
  using client = new HttpClient({ address, connections: 2, answerBytes })
  return await client.send({ method: 'POST', headers: {}, body: 'hello', signal: never, ...call })
}

/** The reason of the `Retryable` that it must end in. */
async function reasonOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => null,
    error => error as unknown,
  )
  assert.ok(error instanceof Retryable, String(error))
  return error.reason
}

/** A server that speaks no HTTP of its own: it does with a connection what the test wants. */
async function rawServer(serve: (socket: Socket) => void): Promise<Server & { readonly url: string }> {
  const server = createServer(socket => serve(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as { port: number }).port}` })
}

describe('an answer', () => {
  test('has status, headers and body', async () => {
    await using side = await OtherSide.open(({ method, target, headers, body }) => ({
      status: 418,
      headers: { 'x-said': `${method} ${target} ${headers['x-asked']}` },
      body: `${body} too`,
    }))
    const { status, headers, body, cut } = await ask(`${side.url}/base/`, {
      path: '/_bulk?a=1',
      headers: { 'x-asked': 'y' },
    })
    assert.deepEqual(
      [status, headers['x-said'], body.toString(), cut],
      [418, 'POST /base/_bulk?a=1 y', 'hello too', false],
    )
  })

  test('of more than answerBytes is cut, and the next one comes all the same', async () => {
    await using side = await OtherSide.open(({ body }) => ({ status: 200, body: 'x'.repeat(Number(body.toString())) }))
    using client = new HttpClient({ address: side.url, connections: 1, answerBytes: 1000 })
    for (const [bytes, size, cut] of [
      [5_000_000, 1000, true],
      [1000, 1000, false],
      [1001, 1000, true],
      [0, 0, false],
    ] as const) {
      const answer = await client.send({ method: 'POST', headers: {}, body: String(bytes), signal: never })
      assert.deepEqual([answer.body.length, answer.cut], [size, cut], `${bytes} bytes`)
    }
  })

  test('uses one connection for many calls', async () => {
    await using side = await OtherSide.open(() => ({ status: 204 }))
    let connections = 0
    side.onConnection(() => connections++)
    using client = new HttpClient({ address: side.url, connections: 4, answerBytes: 1000 })
    for (let i = 0; i < 5; i++) await client.send({ method: 'POST', headers: {}, body: 'x', signal: never })
    assert.equal(connections, 1)
  })
})

describe('no answer', () => {
  test('nobody listens', async () => {
    const side = await OtherSide.open(() => ({ status: 200 }))
    await side[Symbol.asyncDispose]()
    assert.equal(await reasonOf(ask(side.url)), 'connection-refused')
  })

  test('the name has no address', async () => {
    // RFC 6761 §6.4: never resolved.
    assert.equal(await reasonOf(ask('http://tapwire.invalid:1/')), 'name-not-resolved')
  })

  test('the connection is closed', async () => {
    const server = await rawServer(socket => socket.on('data', () => socket.destroy()))
    assert.equal(await reasonOf(ask(server.url)), 'connection-reset')
    server.close()
  })

  test('the connection is closed in the middle of an answer', async () => {
    const server = await rawServer(socket =>
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this')),
    )
    assert.equal(await reasonOf(ask(server.url)), 'connection-reset')
    server.close()
  })

  test('what comes is no HTTP', async () => {
    const server = await rawServer(socket => socket.on('data', () => socket.end('SSH-2.0-x\r\n')))
    assert.equal(await reasonOf(ask(server.url)), 'not-http')
    server.close()
  })

  test('the head of the answer has no end', async () => {
    const server = await rawServer(socket => {
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`))
    })
    assert.equal(await reasonOf(ask(server.url)), 'not-http')
    server.close()
  })

  test('https is asked of a port that speaks http', async () => {
    await using side = await OtherSide.open(() => ({ status: 200 }))
    assert.equal(await reasonOf(ask(side.url.replace('http', 'https'))), 'tls')
  })

  test('the signal ends a call: before it, while it hangs, and in the middle of the answer', async () => {
    await using side = await OtherSide.open(() => ({ status: 200 }))
    assert.equal(await reasonOf(ask(side.url, { signal: AbortSignal.abort() })), 'stopped')
    await side.suffer('hanging')
    const hanging = new AbortController()
    const asked = reasonOf(ask(side.url, { signal: hanging.signal }))
    setImmediate(() => hanging.abort())
    assert.equal(await asked, 'stopped')

    const middle = new AbortController()
    const closed = Promise.withResolvers<void>()
    const server = await rawServer(socket => {
      socket.on('close', () => closed.resolve())
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this')
        setImmediate(() => middle.abort())
      })
    })
    using client = new HttpClient({ address: server.url, connections: 1, answerBytes: 1024 })
    const cut = client.send({ method: 'POST', headers: {}, body: 'x', signal: middle.signal })
    assert.equal(await reasonOf(cut), 'stopped')
    // The call's own connection ends with it, before the client does.
    await closed.promise
    server.close()
  })

  test('messages say what to do, and nothing of the path', () => {
    const { message } = failureOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'https://other.example')
    assert.equal(
      message,
      'https://other.example: nobody listens there: check that it runs, and the port (ECONNREFUSED)',
    )
    using client = new HttpClient({ address: 'https://other.example/secret', connections: 1, answerBytes: 1 })
    assert.equal(client.who, 'https://other.example')
  })
})

describe('configuration', () => {
  test('tls without https, and what is no PEM, is the user’s to mend', () => {
    const options = { connections: 1, answerBytes: 1 }
    assert.throws(() => new HttpClient({ ...options, address: 'http://a.example', tls: {} }), Usage)
    const tls = { cert: Secret.of('no cert'), key: Secret.of('no key') }
    assert.throws(() => new HttpClient({ ...options, address: 'https://a.example', tls }), {
      name: 'Usage',
      message: /they are PEM texts$/,
    })
  })

  test('an address is http or https, without user and fragment, and without a query where none may be', () => {
    const good = ['http://a.example', 'https://a.example:8443/b/c', 'http://[::1]:9200/']
    const bad = [
      'a.example',
      'ftp://a.example',
      'http://u:p@a.example',
      'http://u@a.example',
      'http://a.example/#x',
      'http://',
    ]
    for (const text of good) assert.equal(httpAddress({ query: false }).safeParse(text).success, true, text)
    for (const text of bad) assert.equal(httpAddress({ query: true }).safeParse(text).success, false, text)
    assert.equal(httpAddress({ query: false }).safeParse('http://a.example/?x=1').success, false)
    assert.equal(httpAddress({ query: true }).safeParse('http://a.example/?x=1').success, true)
  })
})

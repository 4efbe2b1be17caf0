/** Many exchanges that end early, in every way and at once, between others that do not: each is mirrored with what there was of it. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { MessageHalf, RequestHalf, ResponseHalf } from '#schemas/records/message.ts'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { content } from '#test/envoy/app.ts'
import { Http1Client, raw } from '#test/envoy/client.ts'
import { CAP } from '#test/envoy/exchanges.ts'
import { startProxied } from '#test/envoy/proxied.ts'

const EACH = 100
const AT_ONCE = 16
/** More than fits into the buffers of all on the way. */
const DOWNLOAD = 30_000_000

interface Ending {
  /** `n` is in the path. */
  path(n: number): string
  run(port: number, path: string, client: Http1Client): Promise<unknown>
  readonly request: RequestHalf['finish']
  /** Null: there is none. */
  readonly response: ResponseHalf['finish'] | null
  check(request: RequestHalf, response: ResponseHalf | undefined): void
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'the client leaves in its upload': {
    path: n => `/up${n}`,
    run: (port, path) =>
      leave(port, `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 9000\r\n\r\n${content('u', 5000)}`),
    request: 'aborted',
    response: null,
    check: request => assertBody(request, content('u', 5000)),
  },
  'the client leaves in its download': {
    path: n => `/down${n}?size=${DOWNLOAD}&seed=d`,
    run: (port, path) => raw(port, [`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`], text => text.length > CAP + 1000),
    request: 'complete',
    response: 'aborted',
    check: (_, response) => {
      assert.ok(response!.bodyBytes > CAP && response!.bodyBytes < DOWNLOAD)
      assert.ok(Buffer.from(response!.body).equals(content('d', CAP)))
    },
  },
  'the server leaves in its answer': {
    path: n => `/half${n}?size=20000&kill=middle&seed=h`,
    run: (_, path, client) => client.send({ method: 'GET', path }),
    request: 'complete',
    response: 'aborted',
    check: (_, response) => assertBody(response!, content('h', 10_000)),
  },
  'the server leaves before': {
    path: n => `/dead${n}?kill=before`,
    run: (_, path, client) => client.send({ method: 'GET', path }),
    request: 'complete',
    response: 'complete',
    check: (_, response) => assert.equal(response!.status, 503),
  },
  'nobody leaves': {
    path: n => `/fine${n}?size=100&seed=f`,
    run: (_, path, client) => client.send({ method: 'GET', path }),
    request: 'complete',
    response: 'complete',
    check: (_, response) => assertBody(response!, content('f', 100)),
  },
}

/** Sends it and closes the connection. */
function leave(port: number, text: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    socket.on('error', () => {}).on('close', () => resolve())
    socket.resume()
  })
}

function assertBody(half: MessageHalf, body: Buffer): void {
  assert.equal(half.bodyBytes, body.length)
  assert.ok(Buffer.from(half.body).equals(body))
}

test(`${EACH} of each ending`, { timeout: 120_000 }, async t => {
  if (!needsEnvoy(t)) return
  await using proxied = await startProxied()
  const { recorder } = proxied
  const port = proxied.envoy.port('mirrored')
  using client = new Http1Client(port)
  const plans = Array.from({ length: EACH }, (_, n) =>
    Object.values(ENDINGS).map(ending => ({ ending, path: ending.path(n) })),
  ).flat()
  const waiting = plans.values()
  const worker = async () => {
    for (const { ending, path } of waiting) await ending.run(port, path, client)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))

  const expected = plans.reduce((sum, { ending }) => sum + (ending.response === null ? 1 : 2), 0)
  const isMore = (half: MessageHalf) => half.half === 'request' && half.path === '/more'
  // Lua's garbage collector, which finds aborted halves, runs only while there is traffic; on each of the workers.
  while (recorder.halves.length - 2 * recorder.halves.filter(isMore).length < expected) {
    await Promise.all(Array.from({ length: 200 }, () => client.send({ method: 'GET', path: '/more' })))
  }
  const requests = new Map(recorder.halves.filter(half => half.half === 'request').map(half => [half.path, half]))
  const responses = new Map(recorder.halves.filter(half => half.half === 'response').map(half => [half.id, half]))
  for (const { ending, path } of plans) {
    const request = requests.get(path)
    assert.ok(request, path)
    const response = responses.get(request.id)
    assert.deepEqual([request.finish, response?.finish ?? null], [ending.request, ending.response], path)
    ending.check(request, response)
  }
  const errors = 'http.mirrored.lua.errors'
  assert.equal((await proxied.envoy.stats(errors)).get(errors), 0)
})

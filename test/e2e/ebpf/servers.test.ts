/** Real servers with TLS on the real kernel: every exchange that they served comes out of the log, bodies to the byte. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Exchange } from '#schemas/records/exchange.ts'
import { scratch } from '../tapwire.ts'
import { crowd, curl, output } from './clients.ts'
import { capture, complaints, ready } from './node.ts'
import { type Servers, serve } from './servers.ts'

const BIG = 5 * 1024 ** 2
const CROWD = 1000
/** Requests of h2load, many at once on each of its connections. */
const STREAMS = 400
const SMALL = 'small\n'.repeat(700)

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const mine = (target: string): boolean => target !== '/warm'

/** What is asked for, by whom. */
async function visit(servers: Servers, upload: string): Promise<number> {
  const { nginx, haproxy, node, python, nghttpd, plain } = servers
  const at = (port: number, path: string): string => `https://127.0.0.1:${port}${path}`
  await curl(at(nginx, '/etc/passwd'))
  const kept = Array.from({ length: 20 }, (_, i) => at(nginx, `/kept/${i}`))
  await curl('--http1.1', ...kept)
  await curl('--http2', ...kept.map(url => `${url}/h2`))
  await curl('-o', '/dev/null', at(nginx, '/files/big'))
  await curl('--http2', '-o', '/dev/null', at(nginx, '/files/big?h2'))
  await curl('--http1.1', '-T', upload, at(nginx, '/upload/http1'))
  await curl('--http2', '-T', upload, at(nginx, '/upload/http2'))
  await curl(at(haproxy, '/through/haproxy'))
  await curl('--data-binary', `@${upload}`, at(node, '/node'))
  await curl(at(python, '/python/1'), at(python, '/python/2'))
  await output('h2load', '-n', String(STREAMS), '-c', '4', '-m', '20', at(nghttpd, '/files/small'))
  await curl(...['/plain/1', '/files/big', '/plain/2'].map(path => `http://127.0.0.1:${plain}${path}`))
  await crowd(nginx, CROWD, i => `/crowd/${i}`)
  // nginx passes uploads on to Node, and HAProxy all it gets to nginx: they are accepted there, too.
  return 1 + 20 + 20 + 1 + 1 + 2 + 2 + 2 + 1 + 2 + STREAMS + 3 + 2 * CROWD
}

test('nginx, HAProxy, Node, Python and nghttpd with TLS: every exchange, hashed equal, and a detection', async t => {
  if (!ready(t, 'nginx', 'haproxy', 'curl', 'python3', 'openssl', 'nghttpd', 'h2load')) return
  const folder = scratch(t)
  mkdirSync(join(folder, 'files'))
  const [big, upload] = [randomBytes(BIG), randomBytes(BIG + 1)]
  writeFileSync(join(folder, 'files/big'), big)
  writeFileSync(join(folder, 'files/small'), SMALL)
  writeFileSync(join(folder, 'upload'), upload)
  const servers = await serve(t, folder)
  const { nginx, proxied, haproxy, node, python, nghttpd, plain } = servers
  const ports = [nginx, proxied, haproxy, node, python, nghttpd, plain]
  const exe = ['*/nginx', '*/haproxy', process.execPath, '*/python*', '*/nghttpd']
  let wanted = 0
  const { exchanges, detections, ended } = await capture(folder, { filters: [{ exe, port: ports }] }, async running => {
    const warming = running.seen(target => target === '/warm', 6)
    while ((await Promise.race([warming.then(() => true), delay(200)])) !== true) {
      for (const port of [nginx, haproxy, node, python, nghttpd]) await curl(`https://127.0.0.1:${port}/warm`)
    }
    wanted = await visit(servers, join(folder, 'upload'))
    await running.seen(mine, wanted)
  })

  assert.deepEqual(complaints(ended), [])
  assert.doesNotMatch(ended.stdout, /still open/, 'every captured byte has its fate')
  const seen = exchanges.filter(({ request }) => mine(request.target))
  const count = new Map<string, number>()
  const by = (port: number): Exchange[] => seen.filter(({ connection }) => connection.server.port === port)
  for (const { id } of seen) count.set(id, (count.get(id) ?? 0) + 1)
  assert.equal(count.size, wanted)
  assert.equal(seen.length, wanted, 'each exactly once')

  await t.test('all that is in the access log of nginx, with status and length', () => {
    const logged = readFileSync(servers.accessLog, 'utf8')
      .split('\n')
      .filter(line => line !== '' && mine(line.split(' ')[1]!))
      // It counts the interim response to `Expect`, too.
      .map(line => line.replace(/^(PUT .*) \d+$/, '$1 87'))
    const told = by(nginx).map(({ request, response }) =>
      [request.method, request.target, response?.status, response?.bodyBytes].join(' '),
    )
    assert.deepEqual(told.toSorted(), logged.toSorted())
  })

  await t.test('bodies are equal to the byte', () => {
    const bodyOf = (port: number, target: string, side: 'request' | 'response') =>
      by(port).find(({ request }) => request.target === target)?.[side]?.body ?? new Uint8Array(0)
    assert.equal(sha(bodyOf(nginx, '/files/big', 'response')), sha(big))
    assert.equal(sha(bodyOf(nginx, '/files/big?h2', 'response')), sha(big))
    for (const [port, target] of [
      [nginx, '/upload/http1'],
      [nginx, '/upload/http2'],
      [node, '/upload/http1'],
      [node, '/upload/http2'],
      [node, '/node'],
    ] as const) {
      assert.equal(sha(bodyOf(port, target, 'request')), sha(upload), `${target} on ${port}`)
      const answer = Buffer.from(bodyOf(port, target, 'response')).toString()
      assert.equal(answer, `${target} ${upload.length} ${sha(upload)}\n`)
    }
  })

  await t.test('streams of HTTP/2 that were under way at once, each with its own answer', () => {
    const bodies = by(nghttpd).map(({ response }) => Buffer.from(response?.body ?? []).toString())
    assert.deepEqual([bodies.length, new Set(bodies)], [STREAMS, new Set([SMALL])])
    assert.equal(
      by(nghttpd).every(({ request }) => request.version === '2'),
      true,
    )
  })

  await t.test('who served it, and whether over TLS', () => {
    const names = new Map([
      [nginx, 'nginx'],
      [haproxy, 'haproxy'],
      [proxied, 'nginx'],
      [plain, 'nginx'],
    ])
    for (const { connection, scheme, anomalies, request } of seen) {
      const { tls, tlsDetails, process, server, encapsulation } = connection
      assert.equal(tls, server.port !== proxied && server.port !== plain, request.target)
      assert.equal(scheme, tls ? 'https' : 'http')
      assert.deepEqual(tlsDetails, tls ? { library: 'openssl' } : undefined)
      assert.equal(process?.side, 'server')
      const name = names.get(server.port)
      if (name !== undefined) assert.match(process?.executable ?? '', new RegExp(`/${name}$`))
      assert.equal(encapsulation[0]?.type, 'netns')
      const strange = [
        // Nobody said that HAProxy's header is to be believed.
        ...(server.port === proxied ? ['proxy.untrusted'] : []),
        ...(server.port === plain && request.target === '/files/big' ? ['http1.gap-in-body'] : []),
      ]
      assert.deepEqual(anomalies, strange, request.target)
    }
  })

  await t.test('what sendfile moves is missing and counted, and what comes behind it is not', () => {
    const told = by(plain).map(({ request, response }) => [request.target, response?.status, response?.bodyBytes])
    assert.deepEqual(told, [
      ['/plain/1', 200, 15],
      ['/files/big', 200, BIG],
      ['/plain/2', 200, 15],
    ])
    const [, text] = /([\d,]+) +never seen/.exec(ended.stdout)!
    assert.equal(Number(text!.replaceAll(',', '')), BIG)
  })

  await t.test('a PROXY header tells the client behind HAProxy', () => {
    const [exchange] = by(proxied)
    assert.equal(exchange?.hops.at(-1)?.from, 'proxy-v2')
    assert.equal(exchange?.hops.at(-1)?.ip, '127.0.0.1')
  })

  await t.test('GET /etc/passwd is a ptrav', () => {
    const found = detections.filter(({ path }) => path === '/etc/passwd')
    assert.deepEqual(
      found.map(({ attack, method, connection }) => [attack, method, connection.tls]),
      [['ptrav', 'GET', true]],
    )
  })
})

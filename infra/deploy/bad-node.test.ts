/** Nodes that are slow, wrong or gone, and proxies with the manifests as they are: requests go on. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openIngest, readUntil } from '#producers/envoy/ingest.test-support.ts'
import { Secret } from '#schemas/config/secret.ts'
import { type Bootstrap, needsEnvoy, startEnvoy } from '#test/driver/envoy.ts'
import { renderProxy } from '#test/driver/manifests/istio.ts'
import { HOST } from './generate/names.ts'
import { application, ask, GATEWAY, here, manifests, openWithToken, WITHIN } from './proxies.test-support.ts'

const AT_ONCE = 1300

/** Takes gRPC streams, and never reads from them. */
function deaf(): Http2Server {
  const server = createHttp2Server()
  server.on('session', session => session.on('error', () => {}))
  return server.on('stream', stream => {
    stream.on('error', () => {}).respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.pause()
  })
}

/** One that reads, as a program that says its port: another process can be stopped. */
const SERVER = `
const server = require('node:http2').createServer()
server.on('session', session => session.on('error', () => {}))
server.on('stream', stream => stream.on('error', () => {}).resume().respond({ ':status': 200, 'content-type': 'application/grpc' }))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))`

/** What a node can be like, and the configuration of a proxy that meets it. */
const NODES_THAT_TAKE_NOTHING: readonly (readonly [
  what: string,
  of: (rendered: unknown, ingest: number) => Bootstrap,
])[] = [
  ['is not there', rendered => here(rendered, { ingest: 1 })],
  ['refuses the token', (rendered, ingest) => here(rendered, { ingest })],
  ['has no name', rendered => JSON.parse(JSON.stringify(rendered).replaceAll(HOST, 'nobody.invalid')) as Bootstrap],
]

async function statusOf(agent: Agent, port: number, path: string): Promise<number> {
  const [response] = await once(get({ agent, port, host: '127.0.0.1', path }), 'response')
  response.resume()
  return response.statusCode
}

/** 20 MB up and down. */
async function bodiesPass(port: number): Promise<void> {
  const body = 'x'.repeat(20_000_000)
  assert.equal(await ask(port, '/up', body), `POST /up ${body.length}`)
  const echoed = await fetch(`http://127.0.0.1:${port}/echo`, { method: 'POST', body })
  assert.equal((await echoed.text()).length, body.length)
}

for (const way of ['lua', 'ext-proc'] as const) {
  for (const [what, ingestOf] of NODES_THAT_TAKE_NOTHING) {
    test(`${way}: the node ${what}: requests go on`, WITHIN, async t => {
      if (!needsEnvoy(t)) return
      const upstreamPort = await application(t)
      await using ingest = await openIngest({ token: Secret.of('another-token-than-that-of-the-filter') })
      const rendered = renderProxy({ ...GATEWAY, upstreamPort }, manifests(`${way}/gateway`))
      await using envoy = await startEnvoy(ingestOf(rendered, ingest.ports[0]!))
      const bodies = Array.from({ length: 100 }, (_, i) => 'x'.repeat(i * 1000))
      await Promise.all(
        bodies.map(async body => assert.equal(await ask(envoy.port('proxy'), '/up', body), `POST /up ${body.length}`)),
      )
    })
  }
}

test("ext-proc: more requests at once than Envoy's own limit of 1024, all mirrored", WITHIN, async t => {
  if (!needsEnvoy(t)) return
  const upstreamPort = await application(t, AT_ONCE)
  await using ingest = await openWithToken()
  const rendered = renderProxy({ ...GATEWAY, upstreamPort }, manifests('ext-proc/gateway'))
  await using envoy = await startEnvoy(here(rendered, { ingest: ingest.ports[0]! }))
  const agent = new Agent()
  t.after(() => agent.destroy())
  const paths = Array.from({ length: AT_ONCE }, (_, i) => `/at-once/${i}`)
  await Promise.all(paths.map(path => statusOf(agent, envoy.port('proxy'), path)))
  const { halves } = await readUntil(ingest, seen => seen.halves.length >= 2 * AT_ONCE)
  const seen = new Set(halves.map(half => (half.half === 'request' ? half.path : '')))
  const sent = (await envoy.stats('tapwire-ext-proc.upstream_cx_tx_bytes_total')).values().next().value ?? 0
  assert.ok(sent > 0 && sent / AT_ONCE < 4096, `${sent / AT_ONCE} bytes a request: what is asked for that is so long?`)
  assert.deepEqual(
    paths.filter(path => !seen.has(path)),
    [],
  )
})

test('ext-proc: a server that lives and reads nothing: bodies pass', WITHIN, async t => {
  if (!needsEnvoy(t)) return
  const upstreamPort = await application(t)
  const server = deaf()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const rendered = renderProxy({ ...GATEWAY, upstreamPort }, manifests('ext-proc/gateway'))
  await using envoy = await startEnvoy(here(rendered, { ingest: (server.address() as AddressInfo).port }))
  await bodiesPass(envoy.port('proxy'))
})

test('ext-proc: a server that hangs: bodies pass, and it is left alone', WITHIN, async t => {
  if (!needsEnvoy(t)) return
  const upstreamPort = await application(t)
  const server = spawn(process.execPath, ['--eval', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => server.kill('SIGKILL'))
  const [line] = await once(server.stdout, 'data')
  const rendered = renderProxy({ ...GATEWAY, upstreamPort }, manifests('ext-proc/gateway'))
  await using envoy = await startEnvoy(here(rendered, { ingest: Number(line) }))
  await ask(envoy.port('proxy'), '/before')
  server.kill('SIGSTOP')
  await bodiesPass(envoy.port('proxy'))
  const ejected = 'cluster.tapwire-ext-proc.outlier_detection.ejections_active'
  while ((await envoy.stats(ejected)).get(ejected) !== 1) await ask(envoy.port('proxy'), '/meanwhile')
  await bodiesPass(envoy.port('proxy'))
})

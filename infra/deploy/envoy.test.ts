/** The manifests in a real Envoy: rendered as Istio would, or as they are, with an application behind and an ingest server. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { openIngest, readUntil, TOKEN } from '#producers/envoy/ingest.test-support.ts'
import { Secret } from '#schemas/config/secret.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { type Bootstrap, needsEnvoy, rejectionOf, startEnvoy } from '#test/driver/envoy.ts'
import { makeCertificates } from '#test/driver/manifests/certificates.ts'
import { renderProxy } from '#test/driver/manifests/istio.ts'
import { kustomize } from '#test/driver/manifests/kustomize.ts'
import { type Manifest, readManifests } from '#test/driver/manifests/read.ts'
import { needs } from '#test/needs.ts'
import { HOST, TOKEN as PLACEHOLDER } from './generate/names.ts'

const HERE = import.meta.dirname
const GATEWAY = { context: 'GATEWAY', namespace: 'istio-system', labels: { istio: 'ingressgateway' } } as const
const SHOP = { namespace: 'shop', labels: {} }
const PLACES = [
  { folder: 'gateway', ...GATEWAY },
  { folder: 'sidecar-inbound', context: 'SIDECAR_INBOUND', ...SHOP },
  { folder: 'sidecar-outbound', context: 'SIDECAR_OUTBOUND', ...SHOP },
] as const
const WAYS = ['lua', 'lua-mounted', 'ext-proc'] as const
/** Where LuaJIT looks for modules, here the repository's own: ConfigMaps are made of these. */
const MOUNTED = { LUA_PATH: `${join(HERE, '../../producers/envoy/lua')}/?/init.lua` }

const AT_ONCE = 1300
/** Longer than any of them takes: a message that never comes is a failure, and not the end of all tests. */
const WITHIN = { timeout: 30_000 }

/** Says what it was asked, and how long the body was; /echo gives the body back. Answers nobody before `together` requests have come. */
async function application(t: TestContext, together = 1): Promise<number> {
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const said = `${request.method} ${request.url} ${body.length}`
      waiting.push(() => response.end(request.url === '/echo' ? body : said))
      if (waiting.length >= together) for (const answer of waiting.splice(0)) answer()
    })
  }).listen({ port: 0, host: '127.0.0.1', backlog: AT_ONCE })
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as { port: number }).port
}

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

/** The same configuration with our token, and every address but those of listeners on this machine. */
function here(bootstrap: unknown, ports: { readonly ingest: number; readonly application?: number }): Bootstrap {
  const text = JSON.stringify(bootstrap)
    .replaceAll(PLACEHOLDER, TOKEN)
    .replaceAll(
      /"address":"tapwire-ingest[^"]*","port_value":\d+/g,
      `"address":"127.0.0.1","port_value":${ports.ingest}`,
    )
    .replaceAll(/"port_value":50[08]0/g, `"port_value":${ports.ingest}`)
    .replaceAll('"port_value":8000', `"port_value":${ports.application}`)
    .replaceAll('"address":"0.0.0.0","port_value":8080', '"address":"127.0.0.1","port_value":0')
  return JSON.parse(text) as Bootstrap
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-deploy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function manifests(folder: string): readonly Manifest[] {
  return kustomize(join(HERE, 'istio', folder))
}

async function ask(port: number, path: string, body?: string): Promise<string> {
  const init = body === undefined ? {} : { method: 'POST', body }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  assert.equal(response.status, 200)
  return await response.text()
}

async function statusOf(agent: Agent, port: number, path: string): Promise<number> {
  const [response] = await once(get({ agent, port, host: '127.0.0.1', path }), 'response')
  response.resume()
  return response.statusCode
}

async function openWithToken(options: Parameters<typeof openIngest>[0] = {}) {
  return await openIngest({ token: Secret.of(TOKEN), ...options })
}

/** Starts it, sends a request through it, and gives both halves as the ingest server took them. */
async function mirrored(
  bootstrapOf: (ingest: number) => Bootstrap,
  listener: string,
  { env = {}, options = {} }: { readonly env?: Readonly<Record<string, string>>; readonly options?: object } = {},
): Promise<readonly MessageHalf[]> {
  await using ingest = await openWithToken(options)
  await using envoy = await startEnvoy(bootstrapOf(ingest.ports[0]!), { env })
  assert.equal(await ask(envoy.port(listener), '/orders?id=7', 'hello'), 'POST /orders?id=7 5', envoy.log())
  const { halves } = await readUntil(ingest, seen => seen.halves.length >= 2)
  return halves
}

function check(halves: readonly MessageHalf[]): void {
  const request = halves.find(({ half }) => half === 'request')
  const response = halves.find(({ half }) => half === 'response')
  assert.ok(request?.half === 'request' && response?.half === 'response')
  assert.equal(request.id, response.id)
  assert.equal(request.path, '/orders?id=7')
  assert.equal(Buffer.from(request.body).toString(), 'hello')
  assert.equal(response.status, 200)
  assert.equal(Buffer.from(response.body).toString(), 'POST /orders?id=7 5')
  assert.equal(request.source.ip, '127.0.0.1')
}

describe('in a mesh', () => {
  for (const way of WAYS) {
    for (const { folder, ...place } of PLACES) {
      test(`${way}, ${folder}: a request and its response arrive`, WITHIN, async t => {
        if (!needsEnvoy(t)) return
        const upstreamPort = await application(t)
        const rendered = renderProxy({ ...place, upstreamPort }, manifests(`${way}/${folder}`))
        check(
          await mirrored(ingest => here(rendered, { ingest }), 'proxy', way === 'lua-mounted' ? { env: MOUNTED } : {}),
        )
      })
    }
  }

  test('lua-mounted without the mounts: requests go on, nothing is mirrored, and Envoy says why', WITHIN, async t => {
    if (!needsEnvoy(t)) return
    const upstreamPort = await application(t)
    const rendered = renderProxy({ ...GATEWAY, upstreamPort }, manifests('lua-mounted/gateway'))
    await using envoy = await startEnvoy(here(rendered, { ingest: 1 }))
    assert.equal(await ask(envoy.port('proxy'), '/a'), 'GET /a 0')
    assert.match(envoy.log(), /module 'msgpack' not found.*nothing is mirrored/s)
  })

  for (const way of ['lua', 'ext-proc'] as const) {
    test(`${way}: an excluded route is not mirrored, the others are`, WITHIN, async t => {
      if (!needsEnvoy(t)) return
      const upstreamPort = await application(t)
      const exclusion = readManifests(join(HERE, 'istio/exclusion'), `${way}-route.yaml`).map(
        ({ manifest }) => manifest,
      )
      const filters = [...manifests(`${way}/gateway`), ...exclusion]
      await using ingest = await openWithToken()
      const rendered = here(renderProxy({ ...GATEWAY, upstreamPort }, filters), { ingest: ingest.ports[0]! })
      await using envoy = await startEnvoy(rendered)
      await ask(envoy.port('proxy'), '/uploads/1')
      await ask(envoy.port('proxy'), '/orders')
      const { halves } = await readUntil(ingest, seen => seen.halves.length >= 2)
      assert.deepEqual(
        new Set(halves.map(half => (half.half === 'request' ? half.path : half.status))),
        new Set(['/orders', 200]),
      )
    })
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
    assert.ok(
      sent > 0 && sent / AT_ONCE < 4096,
      `${sent / AT_ONCE} bytes a request: what is asked for that is so long?`,
    )
    assert.deepEqual(
      paths.filter(path => !seen.has(path)),
      [],
    )
  })

  /** 20 MB up and down. */
  async function bodiesPass(port: number): Promise<void> {
    const body = 'x'.repeat(20_000_000)
    assert.equal(await ask(port, '/up', body), `POST /up ${body.length}`)
    const echoed = await fetch(`http://127.0.0.1:${port}/echo`, { method: 'POST', body })
    assert.equal((await echoed.text()).length, body.length)
  }

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

  test('examples/gateway-tls: a request and its response arrive over mTLS', WITHIN, async t => {
    if (!needsEnvoy(t) || !needs(t, 'openssl')) return
    const folder = scratch(t)
    makeCertificates(folder, HOST)
    const pem = (name: string): Secret => Secret.of(readFileSync(join(folder, name), 'utf8'))
    const options = { tls: { cert: pem('tls.crt'), key: pem('tls.key'), clientCa: pem('ca.crt') } }
    const upstreamPort = await application(t)
    const rendered = renderProxy({ ...GATEWAY, upstreamPort }, manifests('examples/gateway-tls'))
    const mounted = JSON.parse(JSON.stringify(rendered).replaceAll('/etc/tapwire-tls', folder)) as Bootstrap
    check(await mirrored(ingest => here(mounted, { ingest }), 'proxy', { options }))
  })

  test('examples/gateway-mesh-mtls: Envoy takes it', WITHIN, t => {
    if (!needsEnvoy(t)) return
    const rendered = renderProxy({ ...GATEWAY, upstreamPort: 1 }, manifests('examples/gateway-mesh-mtls'))
    const { clusters } = rendered['static_resources'] as { clusters: unknown[] }
    assert.match(JSON.stringify(clusters), /spiffe:\/\/cluster.local\/ns\/tapwire\/sa\/tapwire-ingest/)
    // What Istio's agent offers on a socket beside the proxy.
    clusters.push({ name: 'sds-grpc', connect_timeout: '1s', type: 'STATIC' })
    assert.equal(rejectionOf(rendered), null)
  })
})

describe('without a mesh', () => {
  for (const way of ['lua', 'ext-proc'] as const) {
    test(`envoy/${way}.yaml: a request and its response arrive`, WITHIN, async t => {
      if (!needsEnvoy(t)) return
      const port = await application(t)
      const source = join(scratch(t), 'tapwire.lua')
      writeFileSync(source, readFileSync(join(HERE, 'envoy/tapwire.lua'), 'utf8').replace(PLACEHOLDER, TOKEN))
      const { manifest } = readManifests(join(HERE, 'envoy'), `${way}.yaml`)[0]!
      // Envoy looks for it in the folder that it runs in.
      const file: unknown = JSON.parse(JSON.stringify(manifest).replace('"tapwire.lua"}', `${JSON.stringify(source)}}`))
      check(await mirrored(ingest => here(file, { ingest, application: port }), 'http'))
    })
  }
})

test('a filter that cannot be is refused by Envoy: the check has teeth', t => {
  if (!needsEnvoy(t)) return
  const rendered = JSON.stringify(renderProxy({ ...GATEWAY, upstreamPort: 1 }, manifests('ext-proc/gateway')))
  const wrong = rendered.replace('observability_mode', 'observing_mode')
  assert.match(rejectionOf(JSON.parse(wrong) as Bootstrap) ?? '', /observing_mode/)
})

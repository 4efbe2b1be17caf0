/** The manifests in a real Envoy: rendered as Istio would, or as they are, with an application behind and an ingest server. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { readUntil, TOKEN } from '#producers/envoy/ingest.test-support.ts'
import { Secret } from '#schemas/config/secret.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { type Bootstrap, needsEnvoy, rejectionOf, startEnvoy } from '#test/driver/envoy.ts'
import { makeCertificates } from '#test/driver/manifests/certificates.ts'
import { renderProxy } from '#test/driver/manifests/istio.ts'
import { readManifests } from '#test/driver/manifests/read.ts'
import { needs } from '#test/needs.ts'
import { HOST, TOKEN as PLACEHOLDER } from './generate/names.ts'
import { application, ask, GATEWAY, here, manifests, openWithToken, WITHIN } from './proxies.test-support.ts'

const HERE = import.meta.dirname
const SHOP = { namespace: 'shop', labels: {} }
const PLACES = [
  { folder: 'gateway', ...GATEWAY },
  { folder: 'sidecar-inbound', context: 'SIDECAR_INBOUND', ...SHOP },
  { folder: 'sidecar-outbound', context: 'SIDECAR_OUTBOUND', ...SHOP },
] as const
const WAYS = ['lua', 'lua-mounted', 'ext-proc'] as const
/** Where LuaJIT looks for modules, here the repository's own: ConfigMaps are made of these. */
const MOUNTED = { LUA_PATH: `${join(HERE, '../../producers/envoy/lua')}/?/init.lua` }

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-deploy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
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

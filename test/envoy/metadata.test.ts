/** What the halves say besides the traffic itself: as a real Envoy of this release gives it. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundle } from '#producers/envoy/lua/bundle.ts'
import { checkMessage, encodeMessage } from '#schemas/message/message.ts'
import type { MessageHalf, RequestHalf } from '#schemas/records/message.ts'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { type Piece, typed } from '#test/driver/envoy-config.ts'
import { LUA_PATH } from '#test/driver/luajit.ts'
import { makeCertificates } from '#test/driver/manifests/certificates.ts'
import { Http1Client, raw } from '#test/envoy/client.ts'
import { startProxied } from '#test/envoy/proxied.ts'
import { needs } from '#test/needs.ts'

/** What must not end a text in the filter's source. */
const NODE = `edge 'one' "1" \\\\n\n é ]] --`

const requests = (halves: readonly MessageHalf[]) =>
  halves.filter((half): half is RequestHalf => half.half === 'request')

test('mutual TLS: version, name, and the certificate of the peer', { timeout: 30_000 }, async t => {
  if (!needsEnvoy(t) || !needs(t, 'openssl')) return
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  makeCertificates(folder, 'web.shop.example')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const [ca, cert, key] = [read('ca.crt'), read('tls.crt'), read('tls.key')]
  const inline = (text: string): Piece => ({ inline_string: text })
  const context = typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: true,
    common_tls_context: {
      tls_certificates: [{ certificate_chain: inline(cert), private_key: inline(key) }],
      validation_context: { trusted_ca: inline(ca) },
    },
  })
  const transportSocket = { name: 'envoy.transport_sockets.tls', typed_config: context }
  // Without the inspector Envoy does not tell the filter which name was asked for.
  const inspector = typed('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector')
  const rest = { listener_filters: [{ name: 'envoy.filters.listener.tls_inspector', typed_config: inspector }] }
  await using proxied = await startProxied({ listener: { transportSocket, rest }, settings: { node: NODE } })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const port = proxied.envoy.port('mirrored')
  const options = { port, host: '127.0.0.1', path: '/tls', ca, cert, key, servername: 'web.shop.example' }
  request(options, response => response.resume().on('end', resolve))
    .on('error', reject)
    .end()
  await promise
  await proxied.recorder.until(halves => halves.length === 2)
  const certificate = new X509Certificate(cert)
  for (const half of proxied.recorder.halves) {
    assert.equal(half.node, NODE)
    assert.deepEqual(half.tls, {
      version: 'TLSv1.3',
      sni: 'web.shop.example',
      peerCertificate: {
        subject: 'CN=test',
        issuer: 'CN=authority',
        uris: [],
        dns: ['web.shop.example'],
        sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
        serial: certificate.serialNumber.toLowerCase(),
        validated: true,
      },
    })
  }
})

test('addresses by Envoy’s own trust, trace, headers as sent but the secret ones', { timeout: 30_000 }, async t => {
  if (!needsEnvoy(t)) return
  const manager = { use_remote_address: true, xff_num_trusted_hops: 1 }
  await using proxied = await startProxied({ listener: { manager }, settings: { redact: ['Authorization', 'cookie'] } })
  const port = proxied.envoy.port('mirrored')
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const head = [
    'GET /a%20b?c=%3d HTTP/1.1',
    'Host: Shop.Example:8080',
    'X-Forwarded-For: 198.51.100.1, 203.0.113.9',
    'Authorization: Bearer secret',
    'X-Twice: one',
    'Cookie: sid=secret',
    'X-Twice: two',
    'X-Latin: caf\xe9',
    `traceparent: 00-${trace}-00f067aa0ba902b7-01`,
    'Connection: close',
  ]
  await raw(port, [Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1')])
  await proxied.recorder.until(halves => halves.length === 2)
  const [half] = requests(proxied.recorder.halves)
  assert.partialDeepStrictEqual(half, {
    method: 'GET',
    scheme: 'http',
    authority: 'Shop.Example:8080',
    path: '/a%20b?c=%3d',
    source: { ip: '203.0.113.9', port: 0 },
    local: { ip: '127.0.0.1', port },
    tls: null,
    route: 'all',
    trace,
    redacted: ['authorization', 'cookie'],
  })
  assert.equal(half!.peer.ip, '127.0.0.1')
  const { half: checked } = checkMessage(encodeMessage(half!))
  const names = checked.headers.map(([name]) => name)
  assert.deepEqual(
    names.slice(0, 3),
    ['x-forwarded-for', 'authorization', 'x-twice'],
    'in order, without pseudo-headers',
  )
  assert.deepEqual(
    checked.headers.filter(([name]) => ['x-twice', 'authorization', 'cookie'].includes(name)),
    [
      ['authorization', ''],
      ['x-twice', 'one'],
      ['cookie', ''],
      ['x-twice', 'two'],
    ],
  )
})

test('what is not chosen is not mirrored, neither half, and counted', { timeout: 30_000 }, async t => {
  if (!needsEnvoy(t)) return
  const off = typed('envoy.extensions.filters.http.lua.v3.LuaPerRoute', { disabled: true })
  const routes = [
    {
      match: { prefix: '/excluded' },
      route: { cluster: 'app' },
      typed_per_filter_config: { 'envoy.filters.http.lua': off },
    },
    { match: { prefix: '/' }, route: { cluster: 'app' } },
  ]
  const settings = { exclude_hosts: ['*.internal'], exclude_paths: ['/static/'], exclude_suffixes: ['.png'] }
  await using proxied = await startProxied({ listener: { routes }, settings, concurrency: 1 })
  using client = new Http1Client(proxied.envoy.port('mirrored'))
  const paths = ['/excluded', '/static/x', '/static/../x', '/a.png', '/a']
  for (const path of paths) await client.send({ method: 'GET', path })
  await client.send({ method: 'GET', path: '/b', headers: { host: 'a.internal:80' } })
  await client.send({ method: 'GET', path: '/c' })
  await proxied.recorder.until(halves => halves.length >= 6)
  const mirrored = requests(proxied.recorder.halves)
  assert.deepEqual(
    mirrored.map(half => half.path),
    ['/static/../x', '/a', '/c'],
  )
  assert.deepEqual(
    mirrored.map(half => half.dropped),
    [{ filtered: 1 }, { filtered: 1 }, { filtered: 1 }],
  )
})

test('with the libraries where they are mounted, and the token from its file', { timeout: 30_000 }, async t => {
  if (!needsEnvoy(t)) return
  const token = new URL('testdata/token', import.meta.url).pathname
  const source = bundle({ settings: { token_file: token }, mounted: true })
  await using proxied = await startProxied({ source, env: { LUA_PATH, POD_NAME: 'gateway-1', POD_NAMESPACE: 'istio' } })
  using client = new Http1Client(proxied.envoy.port('mirrored'))
  await client.send({ method: 'GET', path: '/mounted' })
  await proxied.recorder.until(halves => halves.length === 2)
  assert.equal(proxied.recorder.headers['authorization'], 'Bearer only-a-test')
  assert.equal(proxied.recorder.halves[0]!.node, 'gateway-1.istio')
})

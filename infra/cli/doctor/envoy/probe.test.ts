import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { makeCertificates } from '#test/driver/manifests/certificates.ts'
import { needs } from '#test/needs.ts'
import { newMark, type ProbeOptions, sendProbe } from './probe.ts'

const { signal } = new AbortController()

function options(url: string, changes: Partial<ProbeOptions> = {}): ProbeOptions {
  return { url: new URL(url), host: undefined, insecure: false, attack: false, signal, ...changes }
}

async function portOf(t: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('marks differ, and stand in the query beside what the user asked for', async t => {
  assert.notEqual(newMark(), newMark())
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(201, { server: 'istio-envoy' }).end()
  })
  const port = await portOf(t, server)
  const answer = await sendProbe('the-mark', options(`http://127.0.0.1:${port}/shop?a=1`))
  assert.deepEqual([answer.status, answer.server, answer.byEnvoy], [201, 'istio-envoy', true])
  await sendProbe('the-mark', options(`http://127.0.0.1:${port}/`, { attack: true }))
  assert.deepEqual(asked, ['/shop?a=1&probe=the-mark', '/?probe=the-mark&file=..%2F..%2F..%2F..%2Fetc%2Fpasswd'])
})

test('a server that is not Envoy', async t => {
  const port = await portOf(
    t,
    createServer((_, response) => response.writeHead(200, { server: 'nginx' }).end('hello')),
  )
  const answer = await sendProbe('m', options(`http://127.0.0.1:${port}/`))
  assert.deepEqual(answer, { status: 200, server: 'nginx', byEnvoy: false, bytes: 5 })
})

test('TLS: the host of the certificate, its own or any', async t => {
  if (!needs(t, 'openssl')) return
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-probe-'))
  t.after(() => rmSync(folder, { recursive: true }))
  makeCertificates(folder, 'shop.example')
  const [cert, key] = ['tls.crt', 'tls.key'].map(name => readFileSync(join(folder, name)))
  const seen: unknown[] = []
  const server = createSecureServer({ cert: cert!, key: key! }, (request, response) => {
    seen.push({ host: request.headers.host, name: (request.socket as TLSSocket).servername })
    response.end()
  })
  const port = await portOf(t, server)
  const url = `https://127.0.0.1:${port}/`
  await assert.rejects(sendProbe('m', options(url)), /certificate/i)
  await sendProbe('m', options(url, { insecure: true, host: 'shop.example:443' }))
  assert.deepEqual(seen, [{ host: 'shop.example:443', name: 'shop.example' }])
})

test('nobody there, and nobody who answers', async t => {
  await assert.rejects(sendProbe('m', options('http://127.0.0.1:1/')), { code: 'ECONNREFUSED' })
  const port = await portOf(
    t,
    createServer(request => request.socket.destroy()),
  )
  await assert.rejects(sendProbe('m', options(`http://127.0.0.1:${port}/`)), { code: 'ECONNRESET' })
})

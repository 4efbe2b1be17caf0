import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Secret } from '#schemas/config/secret.ts'
import { Authority, type Certificate } from '#test/driver/certificates.ts'
import { needs } from '#test/needs.ts'
import { http1, http2, MSGPACK, type Options, openIngest, pair } from '../ingest.test-support.ts'

const ID = 'AbCdEfGhIjKlMnOpQrSt'

describe('TLS', () => {
  let authority: Authority
  let other: Authority
  let server: Certificate
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-tls-'))
  after(() => rmSync(folder, { recursive: true }))

  /** Null without openssl. */
  function options(
    t: Parameters<typeof needs>[0],
    tls: Partial<NonNullable<Options['tls']>> = {},
  ): Partial<Options> | null {
    if (!needs(t, 'openssl')) return null
    authority ??= new Authority(folder)
    other ??= new Authority(folder, 'other')
    server ??= authority.issue('server', 'DNS:localhost,IP:127.0.0.1')
    return { tls: { cert: Secret.of(server.cert), key: Secret.of(server.key), ...tls } }
  }

  /** Status over HTTP/1.1 and HTTP/2, or why there was none. */
  async function ask(port: number, client: Partial<Certificate> = {}): Promise<readonly unknown[]> {
    const secure = { ca: authority.cert, ...client }
    const asked = request({
      port,
      host: 'localhost',
      method: 'POST',
      path: '/v1/messages',
      agent: false,
      headers: { 'content-type': MSGPACK },
      ...secure,
    })
    asked.end(pair(ID))
    const one = await once(asked, 'response').then(
      ([{ statusCode }]) => statusCode,
      () => 'closed',
    )
    const connection = connectHttp2(`https://localhost:${port}`, secure)
    connection.on('error', () => {})
    const two = await http2(connection, pair(ID)).then(
      ({ status }) => status,
      () => 'closed',
    )
    connection.destroy()
    return [one, two]
  }

  test('both HTTPs on one address, by ALPN; nothing in the clear', async t => {
    const secure = options(t)
    if (secure === null) return
    await using ingest = await openIngest(secure)
    assert.deepEqual(await ask(ingest.ports[0]!), [202, 202])
    await assert.rejects(http1(ingest.ports[0]!, pair(ID)))
    assert.equal(ingest.stats()['refused.tls'], 1)
  })

  test('a client needs a certificate of the authority, with one of the names', async t => {
    const secure = options(t)
    if (secure === null) return
    const mutual = options(t, {
      clientCa: Secret.of(authority.cert),
      clientNames: ['spiffe://cluster/Gateway', 'b.example'],
    })!
    await using ingest = await openIngest(mutual)
    const [port] = ingest.ports as [number]
    assert.deepEqual(await ask(port, authority.issue('good', 'URI:spiffe://cluster/gateway')), [202, 202])
    assert.deepEqual(await ask(port, authority.issue('too', 'DNS:a.example,DNS:B.example')), [202, 202])
    assert.deepEqual(await ask(port, authority.issue('wrong', 'DNS:sub.b.example')), [403, 403])
    assert.deepEqual(await ask(port), ['closed', 'closed'])
    assert.deepEqual(await ask(port, other.issue('stranger', 'URI:spiffe://cluster/gateway')), ['closed', 'closed'])
    assert.deepEqual([ingest.stats()['refused.name'], ingest.stats()['refused.tls']], [2, 4])
  })

  test('what is no certificate is an error of the configuration', async t => {
    if (options(t) === null) return
    const broken = { cert: Secret.of('not PEM'), key: Secret.of(server.key) }
    await assert.rejects(openIngest({ tls: broken }), {
      name: 'Usage',
      message: /^tls: the certificate, key or authority cannot be used/,
    })
  })
})

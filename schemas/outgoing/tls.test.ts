/** Certificates that fit, and those that do not: real servers with certificates of openssl. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { Retryable } from '#schemas/contracts/errors.ts'
import { Authority, type Certificate } from '#test/driver/certificates.ts'
import { OtherSide } from '#test/driver/other-side.ts'
import { needs } from '#test/needs.ts'
import { Secret } from '../config/secret.ts'
import { HttpClient } from './client.ts'
import type { ClientTls } from './config.ts'

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-outgoing-'))
  after(() => rmSync(folder, { recursive: true }))
  let made: { readonly authority: Authority; readonly other: Authority; readonly server: Certificate } | null = null

  /** Null without openssl. */
  function certificates(t: TestContext): typeof made {
    if (!needs(t, 'openssl')) return null
    if (made !== null) return made
    const authority = new Authority(folder)
    return (made = {
      authority,
      other: new Authority(folder, 'other'),
      server: authority.issue('server', 'IP:127.0.0.1'),
    })
  }

  /** Status, or reason and message of why there is none. */
  async function ask(server: ServerOptions, tls?: ClientTls): Promise<number | string> {
    await using side = await OtherSide.open(() => ({ status: 200 }), server)
    using client = new HttpClient({ address: side.url, tls, connections: 1, answerBytes: 100 })
    const { signal } = new AbortController()
    try {
      return (await client.send({ method: 'POST', headers: {}, body: 'x', signal })).status
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
      return `${error.reason}: ${error.message}`
    }
  }

  test('a certificate of the authority for this host is good', async t => {
    const made = certificates(t)
    if (made === null) return
    assert.equal(await ask({ ...made.server }, { ca: Secret.of(made.authority.cert) }), 200)
  })

  test('one of another authority, or of an unknown one, is not', async t => {
    const made = certificates(t)
    if (made === null) return
    const { server, other } = made
    for (const tls of [{ ca: Secret.of(other.cert) }, undefined]) {
      assert.match(String(await ask({ ...server }, tls)), /^certificate: .* put the one that signed it into tls\.ca/)
    }
  })

  test('one for another name is not, unless that name is configured', async t => {
    const made = certificates(t)
    if (made === null) return
    const { authority } = made
    const server = { ...authority.issue('named', 'DNS:collector.example') }
    const ca = Secret.of(authority.cert)
    assert.match(String(await ask(server, { ca })), /^certificate: .* set tls\.serverName/)
    assert.equal(await ask(server, { ca, serverName: 'collector.example' }), 200)
    assert.match(String(await ask(server, { ca, serverName: 'other.example' })), /^certificate: /)
  })

  test('mTLS: without a certificate of this client no answer comes, with one it does', async t => {
    const made = certificates(t)
    if (made === null) return
    const { authority, other } = made
    const server = { ...made.server, ca: authority.cert, requestCert: true, rejectUnauthorized: true }
    const ca = Secret.of(authority.cert)
    const own = (by: Authority): ClientTls => {
      const { cert, key } = by.issue('client', 'DNS:client.example')
      return { ca, cert: Secret.of(cert), key: Secret.of(key) }
    }
    assert.equal(await ask(server, own(authority)), 200)
    assert.match(String(await ask(server, { ca })), /^(tls|connection-reset): /)
    assert.match(String(await ask(server, own(other))), /^(tls|connection-reset): /)
  })
})

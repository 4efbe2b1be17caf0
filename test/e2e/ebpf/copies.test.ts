/** A proxy and the server behind it are both mirrored: each request is seen twice, and is one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Copies } from '#schemas/copies/copies.ts'
import { sightingOf } from '#schemas/copies/sighting.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { scratch } from '../tapwire.ts'
import { curl } from './clients.ts'
import { capture, ready } from './node.ts'
import { serve } from './servers.ts'

/** Not those that were under way when the capture began. */
const wanted = (target: string) => /^\/(again|crowd|one)/.test(target)
const LIMITS = { window: 5_000_000, slack: 10_000, hold: 1_000_000, open: 10_000 }

test('HAProxy with TLS and nginx behind it: requests alike, one after the other and at once, are as many as were sent', async t => {
  if (!ready(t, 'nginx', 'haproxy', 'curl', 'python3', 'openssl')) return
  const folder = scratch(t)
  const { haproxy, proxied } = await serve(t, folder)
  const ask = (target: string, ...more: readonly string[]) => curl(`https://127.0.0.1:${haproxy}${target}`, ...more)
  const alike = 10
  const { exchanges } = await capture(folder, { filters: [{ exe: '*/nginx, */haproxy' }] }, async ({ seen, came }) => {
    while (!came('/first')) await ask('/first').then(() => delay(100))
    for (let i = 0; i < alike; i++) await ask('/again?n=1')
    await Promise.all(Array.from({ length: alike }, (_, i) => ask('/crowd', '-H', `X-Request-Id: ${i}`)))
    for (let i = 0; i < alike; i++) await ask(`/one/${i}`)
    await seen(wanted, 6 * alike)
  })
  const table = new Copies<Exchange>(LIMITS)
  const sorted = exchanges.filter(({ request }) => wanted(request.target)).toSorted((a, b) => a.end - b.end)
  for (const exchange of sorted) {
    const sighting = sightingOf(exchange)
    assert.ok(sighting)
    table.add(sighting, exchange)
  }
  const requests = table.take(Number.POSITIVE_INFINITY)
  assert.equal(requests.length, 3 * alike)
  for (const { first, others } of requests) {
    assert.deepEqual([first.value.connection.server.port, others.length], [haproxy, 1])
    assert.equal(others[0]?.value.connection.server.port, proxied)
    assert.equal(others[0]?.value.request.target, first.value.request.target)
  }
})

/** Ingest servers that answer errors, hang, are gone and come back, under load: no request notices, and what was missed is counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Http1Client, Http2Client } from '#test/envoy/client.ts'
import { problemOf, randomExchange } from '#test/envoy/exchanges.ts'
import { type Proxied, startProxied } from '#test/envoy/proxied.ts'

const COUNT = 300
const AT_ONCE = 16
const INGEST = 'cluster.tapwire-ingest.upstream'
const EJECTIONS = 'cluster.tapwire-ingest.outlier_detection.ejections_enforced_total'
const TAPWIRE = 'http.mirrored.lua.tapwire'

/** `COUNT` random exchanges, all of which must be answered as foretold. */
async function load({ envoy }: Proxied, seed: number): Promise<void> {
  const random = mulberry32(seed)
  using http1 = new Http1Client(envoy.port('mirrored'))
  await using http2 = new Http2Client(envoy.port('mirrored'))
  const waiting = Array.from({ length: COUNT }, (_, n) => randomExchange(n, random)).values()
  const problems: string[] = []
  const worker = async () => {
    for (const exchange of waiting) {
      const seen = await (exchange.client === 'http1' ? http1 : http2).send(exchange.sent)
      const problem = problemOf(exchange, seen)
      if (problem !== null) problems.push(`${exchange.sent.path}: ${problem}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  assert.deepEqual(problems.slice(0, 5), [], `seed ${seed}`)
}

/** One number of Envoy's. */
async function stat({ envoy }: Proxied, name: string): Promise<number> {
  return (await envoy.stats(`^${name}$`)).get(name) ?? 0
}

/** Waits for Envoy, which says nothing by itself. */
async function until(test: () => Promise<boolean>): Promise<void> {
  while (!(await test())) await new Promise(resolve => setTimeout(resolve, 20))
}

/** No call is under way any more. */
function quiet(proxied: Proxied): Promise<void> {
  return until(async () => (await stat(proxied, `${INGEST}_rq_active`)) === 0)
}

/** Loads until one is mirrored as a whole: Envoy asks a server again that it found bad, and not at once. */
async function recovery(proxied: Proxied, seed: number): Promise<void> {
  let arrived = 0
  while (arrived < 2 * COUNT) {
    const before = proxied.recorder.halves.length
    await load(proxied, seed)
    await quiet(proxied)
    arrived = proxied.recorder.halves.length - before
  }
  assert.equal(arrived, 2 * COUNT)
}

test('a bad ingest server harms no request', { timeout: 120_000 }, async t => {
  if (!needsEnvoy(t)) return
  await using proxied = await startProxied({ settings: { timeout_ms: 1000 } })
  const { recorder } = proxied
  const bad: readonly (readonly [string, () => unknown, () => unknown])[] = [
    ['answers 503', () => (recorder.mood = 503), () => (recorder.mood = 'accept')],
    ['hangs', () => (recorder.mood = 'hang'), () => (recorder.mood = 'accept')],
    ['is gone', () => recorder.kill(), () => recorder.open()],
  ]
  for (const [i, [what, worsen, mend]] of bad.entries()) {
    await worsen()
    const ejections = await stat(proxied, EJECTIONS)
    const accepted = recorder.halves.length
    await load(proxied, 2 * i)
    assert.equal(recorder.halves.length, accepted, what)
    await until(async () => (await stat(proxied, EJECTIONS)) > ejections) // the circuit opened
    await mend()
    await quiet(proxied)
    await recovery(proxied, 2 * i + 1)
  }
  const [sent, calls, taken, failed] = await Promise.all(
    [`${TAPWIRE}.sent`, `${TAPWIRE}.calls`, `${INGEST}_rq_2xx`, `${INGEST}_rq_5xx`].map(name => stat(proxied, name)),
  )
  assert.equal(taken! + failed!, calls, 'Envoy says what became of every call')
  assert.ok(failed! > 0)
  assert.ok(sent! - recorder.halves.length >= 3 * 2 * COUNT, 'sent by the filter and not taken by the server: missed')
  assert.equal(await stat(proxied, 'http.mirrored.lua.errors'), 0)
})

test('while the ingest server hangs, what waits in Envoy is bounded', { timeout: 60_000 }, async t => {
  if (!needsEnvoy(t)) return
  const settings = { timeout_ms: 60_000, in_flight_bytes: 200_000 }
  // Nothing but the filter's own bound.
  await using proxied = await startProxied({
    settings,
    concurrency: 1,
    ingest: { health_checks: [], outlier_detection: {} },
  })
  proxied.recorder.mood = 'hang'
  await load(proxied, 6)
  const sent = await stat(proxied, `${TAPWIRE}.sent`)
  const overload = await stat(proxied, `${TAPWIRE}.overload`)
  assert.equal(sent + overload, 2 * COUNT)
  assert.ok(overload > 0)
  const bytes = await stat(proxied, `${INGEST}_cx_tx_bytes_total`)
  assert.ok(bytes > 100_000 && bytes < 250_000, `${bytes} bytes went to the server, headers and frames included`)
})

test('an ingest cluster that Envoy does not know: counted, and the next one takes it', { timeout: 60_000 }, async t => {
  if (!needsEnvoy(t)) return
  await using half = await startProxied({ settings: { clusters: ['elsewhere', 'tapwire-ingest'] } })
  await load(half, 7)
  await half.recorder.until(halves => halves.length === 2 * COUNT)
  await using none = await startProxied({ settings: { clusters: ['elsewhere'] } })
  await load(none, 8)
  assert.equal(await stat(none, `${TAPWIRE}.errors`), 2 * COUNT)
})

test('settings that make no sense: Envoy starts, and mirrors nothing', { timeout: 60_000 }, async t => {
  if (!needsEnvoy(t)) return
  await using proxied = await startProxied({ settings: { sample: 7 } })
  await load(proxied, 9)
  assert.match(proxied.envoy.log(), /tapwire: sample: expected 0 to 1: nothing is mirrored/)
  assert.equal(proxied.recorder.requests, 0)
})

test('modules that are not mounted: Envoy starts, and mirrors nothing', { timeout: 60_000 }, async t => {
  if (!needsEnvoy(t)) return
  const { bundle } = await import('#producers/envoy/lua/bundle.ts')
  await using proxied = await startProxied({ source: bundle({ settings: {}, mounted: true }) })
  await load(proxied, 10)
  assert.match(proxied.envoy.log(), /tapwire: .*module 'msgpack' not found/)
})

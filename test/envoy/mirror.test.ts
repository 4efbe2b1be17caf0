/** Ten thousand exchanges of all shapes at once: clients get the right answers, and every one is mirrored whole, up to the cap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage, encodeMessage } from '#schemas/message/message.ts'
import type { MessageHalf, RequestHalf, ResponseHalf } from '#schemas/records/message.ts'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Http1Client, Http2Client } from '#test/envoy/client.ts'
import { CAP, type Exchange, hugeExchange, problemOf, randomExchange } from '#test/envoy/exchanges.ts'
import { startProxied } from '#test/envoy/proxied.ts'

const COUNT = 10_000
const HUGE = 50_000_000
/** Every so many also go through the listener without the filter: an answer that is wrong there is not the filter's doing. */
const PLAIN_EVERY = 10
const AT_ONCE = 24

test(`${COUNT} exchanges`, { timeout: 300_000 }, async t => {
  if (!needsEnvoy(t)) return
  const seed = 20261122
  const random = mulberry32(seed)
  const exchanges = Array.from({ length: COUNT }, (_, n) => randomExchange(n, random))
  exchanges[10] = hugeExchange(10, 'http1', HUGE)
  exchanges[5000] = hugeExchange(5000, 'http2', HUGE)
  await using proxied = await startProxied()
  const { envoy, recorder } = proxied

  const problems: string[] = []
  for (const [listener, through] of [
    ['plain', exchanges.filter((_, n) => n % PLAIN_EVERY === 0)],
    ['mirrored', exchanges],
  ] as const) {
    using http1 = new Http1Client(envoy.port(listener))
    await using http2 = new Http2Client(envoy.port(listener))
    const waiting = through.values()
    const worker = async () => {
      for (const exchange of waiting) {
        const seen = await (exchange.client === 'http1' ? http1 : http2).send(exchange.sent)
        const problem = problemOf(exchange, seen)
        if (problem !== null) problems.push(`${listener} ${exchange.client} ${exchange.sent.path}: ${problem}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }
  assert.deepEqual(problems.slice(0, 5), [], `seed ${seed}`)

  await recorder.until(halves => halves.length >= 2 * COUNT)
  assertMirrored(recorder.halves, exchanges, `seed ${seed}`)
  const stats = await envoy.stats('mirrored.lua|mirrored.downstream_rq_(4|5)xx')
  assert.partialDeepStrictEqual(Object.fromEntries(stats), {
    'http.mirrored.lua.errors': 0,
    'http.mirrored.lua.tapwire.sent': 2 * COUNT,
    'http.mirrored.downstream_rq_5xx': 0,
  })
  const calls = stats.get('http.mirrored.lua.tapwire.calls')!
  t.diagnostic(`${2 * COUNT} messages in ${calls} calls`)
})

function assertMirrored(halves: readonly MessageHalf[], exchanges: readonly Exchange[], seed: string): void {
  assert.equal(halves.length, 2 * exchanges.length, seed)
  const requests = new Map(halves.filter(half => half.half === 'request').map(half => [half.path, half]))
  const responses = new Map(halves.filter(half => half.half === 'response').map(half => [half.id, half]))
  assert.equal(responses.size, exchanges.length, 'no id twice')
  for (const { client, sent, seen } of exchanges) {
    const hint = `${seed} ${sent.method} ${client} ${sent.path}`
    const request: RequestHalf | undefined = requests.get(sent.path)
    const response: ResponseHalf | undefined = request && responses.get(request.id)
    assert.ok(request && response, hint)
    for (const half of [request, response]) {
      assert.deepEqual(checkMessage(encodeMessage(half)).unknown, [], hint)
      assert.equal(half.finish, 'complete', hint)
    }
    assert.equal(request.method, sent.method, hint)
    assert.equal(response.status, seen.status, hint)
    assertBody(request, sent.body ?? Buffer.alloc(0), hint)
    assertBody(response, seen.body, hint)
    assert.deepEqual(request.trailers, Object.entries(sent.trailers ?? {}), hint)
    assert.deepEqual(response.trailers, seen.trailers, hint)
  }
}

function assertBody(half: MessageHalf, body: Buffer, hint: string): void {
  assert.equal(half.bodyBytes, body.length, hint)
  assert.ok(Buffer.from(half.body).equals(body.subarray(0, CAP)), hint)
}

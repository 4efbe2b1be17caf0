import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { needsEnvoy, rejectionOf, startEnvoy } from '#test/driver/envoy.ts'
import { bootstrap, cluster, listener } from '#test/driver/envoy-config.ts'

test('a real Envoy proxies to the test’s server, counts, and is gone afterwards', async t => {
  if (!needsEnvoy(t)) return
  const app = createServer((request, response) => response.end(`you asked for ${request.url}`))
  await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve))
  t.after(() => app.close())
  const config = bootstrap([listener('in')], [cluster('app', (app.address() as AddressInfo).port)])
  let pid = 0
  {
    await using envoy = await startEnvoy(config)
    pid = envoy.pid
    const answer = await fetch(`http://127.0.0.1:${envoy.port('in')}/a`)
    assert.equal(await answer.text(), 'you asked for /a')
    assert.equal((await envoy.stats('http.in.downstream_rq_2xx')).get('http.in.downstream_rq_2xx'), 1)
  }
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a bootstrap that Envoy rejects is told with its reason', async t => {
  if (!needsEnvoy(t)) return
  const wrong = { static_resources: { listeners: 1 } }
  assert.match(rejectionOf(wrong) ?? '', /listeners/)
  await assert.rejects(startEnvoy(wrong), /Envoy did not start: [\s\S]*listeners/)
  assert.equal(rejectionOf(bootstrap([listener('in')], [cluster('app', 1)])), null)
})

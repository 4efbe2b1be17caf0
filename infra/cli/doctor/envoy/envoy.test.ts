import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countsIn, refusalIn } from './node.ts'
import { clusterIn, filterIn } from './proxy.ts'

const host = (stats: Readonly<Record<string, number>>, ejected = false) => ({
  stats: Object.entries(stats).map(([name, value]) => ({ name, value: String(value) })),
  health_status: ejected ? { failed_outlier_check: true } : {},
})

test('what the clusters of a proxy say', () => {
  const verdict = (...hosts: ReturnType<typeof host>[]): string => {
    const { verdict, says } = clusterIn({ cluster_statuses: [{ name: 'tapwire-ingest', host_statuses: hosts }] })
    return `${verdict} ${says}`
  }
  assert.match(clusterIn({}).says, /no cluster with tapwire/)
  // A cluster that Istio itself makes of the Service is not ours.
  const [istio] = ['outbound|5000||tapwire-ingest.tapwire.svc.cluster.local']
  assert.equal(clusterIn({ cluster_statuses: [{ name: istio! }] }).verdict, 'fail')
  assert.match(verdict(), /^fail .*does not resolve/)
  assert.match(verdict(host({ cx_connect_fail: 3, rq_success: 0 })), /^fail .*no connection/)
  assert.match(verdict(host({ cx_connect_fail: 3, rq_success: 7 }, true)), /^warn .*outlier/)
  assert.match(verdict(host({ rq_success: 7 }), host({ cx_connect_fail: 1 }, true)), /^ok .*2 addresses/)
})

test('the filter is known by its name', () => {
  assert.equal(filterIn('{"name":"tapwire.ext_proc"}').verdict, 'ok')
  assert.equal(filterIn('{"name":"tapwire.lua"}').verdict, 'ok')
  assert.equal(filterIn('{"name":"envoy.filters.http.lua","cluster":"tapwire-ingest"}').verdict, 'fail')
})

test('what a node refused while the probe was under way', () => {
  const before = countsIn(`tapwire_component_total{kind="producer",component="envoy",name="refused.token"} 3
tapwire_component_total{kind="producer",component="envoy",name="messages.request"} 1e+06
tapwire_component_total{kind="sink",component="log",name="refused.network"} 9
`)
  assert.deepEqual(
    [...before],
    [
      ['refused.token', 3],
      ['messages.request', 1_000_000],
    ],
  )
  assert.equal(refusalIn(before, before), null)
  assert.match(refusalIn(before, new Map([...before, ['refused.token', 4]])) ?? '', /token/)
  assert.match(refusalIn(new Map(), new Map([['messages.request', 1]])) ?? '', /not in this log/)
})

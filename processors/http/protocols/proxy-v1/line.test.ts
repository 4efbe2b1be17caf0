/** The table of lines. Each stands in front of a request; the hop is what it names, or nobody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hop } from '#schemas/records/exchange.ts'
import { type Played, type PlayOptions, play, type Step } from '#test/driver/http.ts'
import http1 from '../http1/index.ts'
import cases from './cases.json' with { type: 'json' }
import proxyV1 from './index.ts'

const OPTIONS: PlayOptions = { protocols: [proxyV1, http1] }
const GET = 'GET /behind HTTP/1.1\r\nHost: h\r\n\r\n'
const OK = 'HTTP/1.1 204 No Content\r\n\r\n'
const LINE = 'PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n'

interface Case {
  readonly title: string
  readonly line: string
  readonly hop?: string
  readonly anomaly?: string
}

const shown = ({ ip, port, proxy }: Hop): string =>
  ip === '' ? 'nobody' : `${ip}:${port} > ${proxy?.server?.ip}:${proxy?.server?.port}`

function outcome({ exchanges, anomalies }: Played) {
  return {
    requests: exchanges.map(({ request }) => request.target),
    hops: exchanges.map(({ hops }) => hops.slice(1).map(shown)),
    anomalies: anomalies.map(({ anomaly }) => anomaly),
  }
}

for (const { title, line, hop, anomaly } of cases as readonly Case[]) {
  test(title, () => {
    const steps: Step[] = [{ c: line }, { c: GET }, { s: OK }, { end: 'both' }]
    const want = { requests: ['/behind'], hops: [[hop ?? 'nobody']], anomalies: anomaly?.split(' ') ?? [] }
    assert.deepEqual(outcome(play(steps, OPTIONS)), want)
    assert.deepEqual(outcome(play(steps, { ...OPTIONS, cut: () => 1, restart: () => true })), want)
  })
}

test('the hop is not trusted here, and stands behind that of the packet', () => {
  const { exchanges } = play([{ c: LINE + GET + GET }, { s: OK + OK }, { end: 'both' }], OPTIONS)
  const want = [
    { from: 'packet', ip: '10.0.0.1', port: 40_000, trusted: true },
    {
      from: 'proxy-v1',
      ip: '203.0.113.7',
      port: 56_324,
      trusted: false,
      proxy: { server: { ip: '192.0.2.1', port: 443 } },
    },
  ]
  assert.deepEqual(
    exchanges.map(({ hops }) => hops),
    [want, want],
  )
})

test('two proxies in a row: the nearest one stands first', () => {
  const second = 'PROXY TCP4 198.51.100.9 192.0.2.2 1 2\r\n'
  assert.deepEqual(outcome(play([{ c: LINE + second + GET }, { s: OK }, { end: 'both' }], OPTIONS)).hops, [
    ['203.0.113.7:56324 > 192.0.2.1:443', '198.51.100.9:1 > 192.0.2.2:2'],
  ])
})

test('an HTTP method that begins like it', () => {
  for (const start of ['PROXY /x HTTP/1.1\r\nHost: h\r\n\r\n', 'PROPFIND /x HTTP/1.1\r\nHost: h\r\n\r\n']) {
    const { requests, hops } = outcome(play([{ c: start }, { s: OK }, { end: 'both' }], OPTIONS))
    assert.deepEqual([requests, hops], [['/x'], [[]]], start)
  }
})

test('in front of something that nobody reads', () => {
  const { ledger, exchanges } = play([{ c: LINE }, { c: '\x16\x03\x01\x00\x05hello' }, { end: 'both' }], OPTIONS)
  assert.deepEqual([exchanges, ledger], [[], { inspected: LINE.length, unsupported: 10 }])
})

test('inside a tunnel it makes no hop: who wrote it is not the peer', () => {
  const steps: Step[] = [
    { c: 'CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n' },
    { s: 'HTTP/1.1 200 OK\r\n\r\n' },
    { c: LINE + GET },
    { s: OK },
    { end: 'both' },
  ]
  const { hops, anomalies } = outcome(play(steps, OPTIONS))
  assert.deepEqual([hops, anomalies], [[[], []], ['proxy.in-tunnel']])
})

test('from the server: it is no client because of that', () => {
  const steps: Step[] = [{ s: LINE }, { c: GET }, { s: OK }, { end: 'both' }]
  const { exchanges, anomalies } = play(steps, OPTIONS)
  assert.deepEqual(outcome(play(steps, OPTIONS)).hops, [[]])
  assert.deepEqual([exchanges[0]?.client.ip, exchanges[0]?.response?.status], ['10.0.0.1', 204])
  assert.deepEqual(
    anomalies.map(({ anomaly }) => anomaly),
    ['proxy.from-server'],
  )
})

test('where nobody saw who opened the connection, it is the client who says it', () => {
  const { exchanges } = play([{ s: LINE + GET }, { c: OK }, { end: 'both' }], { ...OPTIONS, opener: null })
  assert.equal(exchanges[0]?.connection.client.ip, '10.0.0.2')
})

test('cut off', () => {
  const { ledger, exchanges, anomalies, stage } = play(
    [{ c: LINE.slice(0, 20) }, { s: 'hello' }, { end: 'both' }],
    OPTIONS,
  )
  assert.deepEqual([exchanges.length, stage.size(), ledger], [0, 0, { unsupported: 25 }])
  assert.deepEqual(
    anomalies.map(({ anomaly }) => anomaly),
    ['proxy.truncated'],
  )
})

test('a hole in it: a request is sought behind it, and comes from nobody known', () => {
  const steps: Step[] = [{ c: LINE.slice(0, 20) }, { gap: 'c', missing: 25 }, { c: GET }, { s: OK }, { end: 'both' }]
  const played = play(steps, OPTIONS)
  assert.deepEqual(outcome(played), { requests: ['/behind'], hops: [['nobody']], anomalies: ['proxy.gap'] })
  assert.equal(played.ledger.gap, 20)
})

test('a server that talks on and on while it is not whole', () => {
  const steps: Step[] = [{ c: LINE.slice(0, 20) }, ...Array.from({ length: 20 }, () => ({ s: 'x'.repeat(1000) }))]
  const { ledger, anomalies } = play(steps, OPTIONS)
  assert.deepEqual(anomalies.map(({ anomaly }) => anomaly).slice(0, 1), ['proxy.truncated'])
  assert.ok((ledger.unsupported ?? 0) > 10_000, JSON.stringify(ledger))
})

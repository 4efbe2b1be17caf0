import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'
import enrich from '../index.ts'

const API = { path: '^/api/' }
const INTERNAL = { clients: ['10.0.0.0/8', 'fd00::/8'] }
const ROBOT = { headers: { 'User-Agent': '(?i)bot' } }

interface Sent {
  readonly path?: string
  readonly agent?: string
  readonly ip?: string
}

/** What comes out of the stage with these filters: the exchange, or why it was left out. */
function outcome(filters: object, { path = '/', agent = 'curl', ip = '203.0.113.7' }: Sent, normalizePath = true) {
  const config = enrich.config.parse({ filters, normalizePath })
  const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
  const sent = exchange({ request: request({ path, headers: [['user-agent', agent]] }), client: { ip } })
  stage.feed(sent, sent.time)
  if (stage.take<Exchange>('exchanges').length === 1) return 'looked at'
  const reasons = ['bypass', 'inspect'].filter(reason => stage.counted(`enrich.filtered.${reason}`) === 1)
  return reasons.join(' ')
}

for (const [title, filters, sent, expected] of [
  ['none: everything', {}, {}, 'looked at'],
  ['inspect: what it holds for', { inspect: [API] }, { path: '/api/a' }, 'looked at'],
  ['inspect: not the rest', { inspect: [API] }, { path: '/' }, 'inspect'],
  ['inspect: one of several is enough', { inspect: [API, ROBOT] }, { agent: 'GoogleBot' }, 'looked at'],
  ['conditions of one filter all have to hold', { inspect: [{ ...API, ...ROBOT }] }, { path: '/api/' }, 'inspect'],
  ['… and hold', { inspect: [{ ...API, ...ROBOT }] }, { path: '/api/', agent: 'bot' }, 'looked at'],
  ['bypass', { bypass: [INTERNAL] }, { ip: '10.1.2.3' }, 'bypass'],
  ['bypass of IPv6', { bypass: [INTERNAL] }, { ip: 'fd00::1' }, 'bypass'],
  ['bypass leaves the rest', { bypass: [INTERNAL] }, {}, 'looked at'],
  ['bypass goes before inspect', { inspect: [API], bypass: [INTERNAL] }, { path: '/api/', ip: '10.0.0.1' }, 'bypass'],
  ['HTTP/2 sends no Host', { inspect: [{ headers: { host: '^shop\\.example$' } }] }, {}, 'looked at'],
  ['a header that was not sent', { inspect: [{ headers: { 'X-Team': '.*' } }] }, {}, 'inspect'],
  ['another spelling of the path', { bypass: [{ path: '^/health$' }] }, { path: '/./he%61lth' }, 'bypass'],
] as const) {
  test(title, () => assert.equal(outcome(filters, sent), expected))
}

test('normalizePath: false compares the path as sent', () => {
  assert.equal(outcome({ bypass: [{ path: '^/health$' }] }, { path: '/./health' }, false), 'looked at')
})

test('the client after trusted hops counts', () => {
  const config = enrich.config.parse({
    proxy_headers: [{ trusted_networks: ['10.0.0.0/8'], real_ip: ['x-forwarded-for'] }],
    filters: { bypass: [{ clients: ['198.51.100.0/24'] }] },
  })
  const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
  const sent = exchange({ request: request({ headers: [['X-Forwarded-For', '198.51.100.7']] }) })
  stage.feed(sent, sent.time)
  assert.equal(stage.counted('enrich.filtered.bypass'), 1)
})

describe('configuration says what is wrong', () => {
  const issueOf = (filter: unknown): string =>
    enrich.config.safeParse({ filters: { inspect: [filter] } }).error?.issues[0]?.message ?? ''
  for (const [filter, message] of [
    [{}, /without conditions/],
    [{ path: '(?=a)' }, /no regular expression in RE2 syntax.*\(\?=/],
    [{ path: '(a' }, /missing closing \)/],
    [{ path: '((a{1000}){1000}){10}' }, /repeat/],
    [{ path: 'a'.repeat(5000) }, /longer than 4096/],
    [{ headers: { Host: '\\1' } }, /invalid escape/],
    [{ clients: ['10.0.0.1/8'] }, /write 10\.0\.0\.0\/8/],
  ] as const) {
    test(JSON.stringify(filter).slice(0, 60), () => assert.match(issueOf(filter), message))
  }
})

test('patterns that are hard for others take time in proportion to the text', () => {
  const config = enrich.config.parse({ filters: { inspect: [{ path: '(a+)+$' }, { path: '(.*)*x(.*)*y' }] } })
  const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
  const sent = exchange({ request: request({ path: `/${'a'.repeat(200_000)}!` }) })
  stage.feed(sent, sent.time)
  assert.equal(stage.counted('enrich.filtered.inspect'), 1)
})

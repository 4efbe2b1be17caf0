/**
 * Enrich, ns per exchange: without rules, and with rules for a usual request behind a proxy.
 *
 *   node test/bench/enrich.bench.ts
 */
import enrich from '#processors/enrich/index.ts'
import type { Ctx } from '#schemas/contracts/processor.ts'
import type { Header } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'

const COUNT = 200_000
const ROUNDS = 5

const headers: readonly Header[] = [
  ['Host', 'shop.example'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
  ['Accept', 'application/json'],
  ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl'],
  ['Cookie', 'sid=abcdef0123456789; theme=dark; lang=en-US'],
]
const trusted = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8']
const rule = { trusted_networks: trusted, real_ip: ['X-Forwarded-For'], proto: ['X-Forwarded-Proto'] }

const beginnings = Array.from({ length: 20 }, (_, i) => ({ path: `/api/v${i}/` }))
const patterns = Array.from({ length: 5 }, (_, i) => ({ path: `~ ^/users/[0-9]+/${i}` }))

const cases: readonly (readonly [string, object, readonly Header[]])[] = [
  ['no rules', {}, [...headers, ['X-Forwarded-For', '203.0.113.7']]],
  ['rules, header not sent', { proxy_headers: [rule] }, headers],
  ['X-Forwarded-For, one address', { proxy_headers: [rule] }, [...headers, ['X-Forwarded-For', '203.0.113.7']]],
  ['X-Forwarded-For, one proxy', { proxy_headers: [rule] }, [...headers, ['X-Forwarded-For', '203.0.113.7, 10.0.0.9']]],
  [
    'Forwarded, one proxy',
    { proxy_headers: [{ ...rule, real_ip: ['Forwarded'] }] },
    [...headers, ['Forwarded', 'for=203.0.113.7;proto=https, for=10.0.0.9']],
  ],
  ['20 paths, 5 patterns', { routes: [...beginnings, ...patterns] }, headers],
  ['50 patterns', { routes: Array.from({ length: 50 }, (_, i) => ({ path: `~ ^/users/[0-9]+/${i}` })) }, headers],
  ['filters: path and client', { filters: { inspect: [{ path: '^/api' }], bypass: [{ clients: trusted }] } }, headers],
  ['1000 routes', { routes: Array.from({ length: 1000 }, (_, i) => ({ host: `*.h${i}.example` })) }, headers],
]

for (const [title, config, headers] of cases) {
  const processor = enrich.create(enrich.config.parse(config), {})
  const value = exchange({ request: request({ headers, path: '/api/v2/orders/17' }) })
  const { client, hops } = value
  let emitted = 0
  const ctx = { emit: () => emitted++, count: () => {} } as unknown as Ctx
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < COUNT; i++) {
      value.client = client
      value.hops = hops
      processor.process(value, ctx)
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / COUNT)
  }
  console.log(`${title.padEnd(32)} ${Math.round(best)} ns`)
}

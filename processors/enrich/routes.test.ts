import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'
import enrich from './index.ts'
import { compileRoutes } from './routes.ts'

describe('routes', () => {
  const config = enrich.config.parse({
    application: 0,
    routes: [
      { host: '*', application: 1 },
      { host: '*.shop.example', application: 2 },
      { host: '*.eu.shop.example', application: 3, mode: 'off' },
      { host: 'Shop.Example', application: 4 },
      { host: 'shop.example:8443', application: 5 },
      { host: '[2001:db8::1]', application: 6 },
      { host: 'quiet.example', mode: 'off' },
    ],
  })
  const route = compileRoutes(config)
  for (const [host, application] of [
    ['shop.example', 4],
    ['shop.example:80', 4],
    ['shop.example:8443', 5],
    ['a.shop.example', 2],
    ['a.b.shop.example', 2],
    ['a.eu.shop.example', 3],
    ['eu.shop.example', 2],
    ['xshop.example', 1],
    ['[2001:db8::1]', 6],
    ['[2001:db8::1]:8080', 6],
    ['quiet.example', 0],
    ['', 1],
    ['__proto__', 1],
    [`${'a.'.repeat(5000)}shop.example`, 1],
  ] as const) {
    test(`${host.slice(0, 40)} is application ${application}`, () => assert.equal(route(host).application, application))
  }

  test('mode comes from the route, or from the default', () => {
    assert.equal(route('a.eu.shop.example').mode, 'off')
    assert.equal(route('a.shop.example').mode, 'monitoring')
  })

  test('the host of a trusted header decides', () => {
    const { proxy_headers, routes } = enrich.config.parse({
      proxy_headers: [{ trusted_networks: ['10.0.0.0/8'], original_host: ['x-forwarded-host'] }],
      routes: [{ host: 'front.example', application: 7 }],
    })
    const processor = enrich.create(enrich.config.parse({ proxy_headers, routes }), {})
    const stage = drive(processor, { outputs: enrich.outputs })
    const { request, ...rest } = exchange({ host: 'back.example' })
    stage.feed({ ...rest, request: { ...request, headers: [['X-Forwarded-Host', 'front.example']] } }, 1)
    assert.equal(stage.take<Exchange>('exchanges')[0]?.application, 7)
  })
})

describe('configuration', () => {
  const issueOf = (config: unknown): string | undefined => enrich.config.safeParse(config).error?.issues[0]?.message

  test('defaults: nobody is trusted, application -1, monitoring', () => {
    assert.deepEqual(enrich.config.parse({}), {
      proxy_headers: [],
      application: -1,
      mode: 'monitoring',
      routes: [],
      limits: { elements: 32, characters: 4096 },
    })
  })

  test('says what is wrong', () => {
    assert.match(issueOf({ proxy_headers: [{ trusted_networks: ['10.1.0.0/8'] }] }) ?? '', /write 10\.0\.0\.0\/8/)
    assert.equal(issueOf({ proxy_headers: [{ real_ip: ['X Real IP'] }] }), 'not a header name')
    assert.match(issueOf({ proxy_headers: [{ port: ['Forwarded'] }] }) ?? '', /no port of its own/)
    assert.match(issueOf({ proxy_headers: [{ trusted_networks: [] }] }) ?? '', />=1/)
    assert.match(issueOf({ proxy_headers: [{ real_ips: [] }] }) ?? '', /real_ips/)
    assert.equal(issueOf({ routes: [{ host: 'a.example' }, { host: 'A.example' }] }), 'a host is listed twice')
    assert.match(issueOf({ routes: [{ host: 'a.*.example' }] }) ?? '', /not a host/)
  })

  test('warns of a rule that trusts everybody', () => {
    const warned = enrich.warnings?.(enrich.config.parse({ proxy_headers: [{ trusted_networks: ['::1'] }, {}] }))
    assert.deepEqual(warned, ['proxy_headers[1] has no trusted_networks: any client can claim any address'])
  })
})

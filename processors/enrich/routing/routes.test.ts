import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'
import enrich from '../index.ts'
import { compileRoutes } from './routes.ts'

describe('by host', () => {
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
      { host: 'api-[a-z]?.*', application: 7 },
      { host: 'api-*', application: 8 },
      { host: '*-api:8080', application: 9 },
    ],
  })
  const router = compileRoutes(config)
  const route = (host: string) => router.target(host, '/')
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
    ['api-x1.example', 7],
    ['api-x1.shop.example', 2],
    ['api-1', 8],
    ['my-api:8080', 9],
    ['my-api', 1],
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

describe('by host and path', () => {
  const router = compileRoutes(
    enrich.config.parse({
      application: 0,
      routes: [
        { path: '/health', mode: 'off' },
        {
          host: 'shop.example',
          application: 1,
          routes: [{ path: '/pay', application: 2, routes: [{ path: '~ ^/pay/v[0-9]', mode: 'off' }] }],
        },
        { host: 'api.example', path: '/v1', application: 3 },
        { host: '*.example', path: '/v2', application: 4 },
        { path: '/v', application: 5 },
      ],
    }),
  )
  for (const [host, path, application, mode] of [
    ['shop.example', '/', 1, 'monitoring'],
    ['shop.example', '/pay', 2, 'monitoring'],
    ['shop.example', '/pay/v3', 2, 'off'],
    ['shop.example', '/health', 1, 'monitoring'],
    ['other.test', '/health', 0, 'off'],
    ['api.example', '/v1/a', 3, 'monitoring'],
    ['api.example', '/v2/a', 4, 'monitoring'],
    ['api.example', '/v3/a', 5, 'monitoring'],
    ['api.example', '/', 0, 'monitoring'],
  ] as const) {
    test(`${host}${path} is application ${application}, ${mode}`, () =>
      assert.deepEqual(router.target(host, path), { application, mode }))
  }

  test('other spellings of a path lead to the same route, unless they are compared as sent', () => {
    const spelled = (normalizePath: boolean): number | undefined => {
      const config = enrich.config.parse({ routes: [{ path: '= /admin', application: 7 }], normalizePath })
      const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
      const sent = exchange({ request: request({ path: '/x/..//%61dmin' }) })
      stage.feed(sent, sent.time)
      const [got] = stage.take<Exchange>('exchanges')
      assert.equal(got?.request.path, '/x/..//%61dmin', 'the record keeps what was sent')
      return got.application
    }
    assert.equal(spelled(true), 7)
    assert.equal(spelled(false), -1)
  })
})

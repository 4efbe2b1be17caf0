import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Config } from './config.ts'
import { Bench, DECODERS, exchangeOf, type ResponseParts } from './testdata/exchange.ts'

/** Says every value that holds the needle, or has the name. */
const echo = (side: 'request' | 'response'): DetectorSpec => ({
  id: side,
  attack: 'infoleak',
  literals: ['zz'],
  words: [],
  names: ['pan'],
  side,
  inspect: ({ text }, _lower, _exchange, report) =>
    report({ rule: `infoleak.${side}-${text.slice(0, 20)}`, severity: 'info', evidence: text, why: 'It is there.' }),
})

const both = (settings: Partial<Config> = {}) => new Bench(settings, DECODERS, [echo('request'), echo('response')])
const json = [['Content-Type', 'application/json']] as const

function values(response: ResponseParts): Record<string, string> {
  const found = both().inspect(exchangeOf({ response }))
  return Object.fromEntries(found.map(({ point, evidence }) => [point.join(' '), evidence]))
}

describe('responses', () => {
  test('headers, text, and JSON by its values', () => {
    assert.deepEqual(values({ headers: [['X-A', 'zz1']], body: 'a zz text' }), {
      'response header X-A': 'zz1',
      'response body': 'a zz text',
    })
    assert.deepEqual(values({ headers: json, body: '{"a":[{"b":"zz2"}],"c":"\\u007az3"}' }), {
      'response body json_doc hash a array 0 hash b': 'zz2',
      'response body json_doc hash c': 'zz3',
    })
  })

  test('what only browsers and other clients decode is left as it stands', () => {
    assert.deepEqual(values({ body: '<p>&#122;z %7a%7a enp6enp6enp6</p>' }), {})
  })

  test('names count where they stand in quotes', () => {
    assert.deepEqual(values({ headers: json, body: '{"pan":"12"}' }), { 'response body json_doc hash pan': '12' })
    assert.deepEqual(values({ body: '<span>company</span>' }), {})
  })

  test('each side has its own detectors, and one detection names the response', () => {
    const bench = both()
    const found = bench.inspect(exchangeOf({ target: '/zzq', response: { status: 404, body: 'zzr' } }))
    assert.deepEqual(
      found.map(({ rule, response }) => [rule, response?.status]),
      [
        ['infoleak.request-zzq', 404],
        ['infoleak.request-/zzq', 404],
        ['infoleak.response-zzr', 404],
      ],
    )
    assert.equal(bench.counts.get('detect.responses'), 1)
  })

  test('messages of servers', () => {
    const { request, ...rest } = exchangeOf({ target: '/zz', response: { status: 101, body: 'zz9' } })
    const message = { from: 'server', kind: 'text', exchange: 'c-1', frames: 1, code: null, handshake: [] } as const
    const found = both().inspect({ ...rest, request, message })
    assert.deepEqual(
      found.map(({ point }) => point),
      [['response', 'websocket']],
    )
  })
})

describe('what is not inspected is counted', () => {
  const counts = (settings: Partial<Config>, response: ResponseParts) => {
    const bench = both(settings)
    const found = bench.inspect(exchangeOf({ response })).length
    return { found, ...Object.fromEntries([...bench.counts].filter(([name]) => !/exchanges|found/.test(name))) }
  }

  test('switched off', () => {
    assert.deepEqual(counts({ responses: 'off' }, { body: 'zz' }), {
      found: 0,
      'detect.skipped.response': 1,
      'detect.uninspected.response': 2,
    })
  })

  test('beyond the limit', () => {
    const body = `${'a'.repeat(2000)}zz`
    assert.deepEqual(counts({ maxResponseBody: 1024 }, { body }), {
      found: 0,
      'detect.responses': 1,
      'detect.limit.response': 1,
      'detect.uninspected.response': 978,
    })
    assert.deepEqual(counts({ maxResponseBody: 2002 }, { body }), { found: 1, 'detect.responses': 1 })
  })

  test('pictures, but not those that are text', () => {
    const type = (name: string) => ({ headers: [['Content-Type', name]] as const, body: 'zz' })
    assert.deepEqual(counts({}, type('image/png')), {
      found: 0,
      'detect.responses': 1,
      'detect.skipped.media': 1,
      'detect.uninspected.response': 2,
    })
    assert.deepEqual(counts({}, type('image/svg+xml')), { found: 1, 'detect.responses': 1 })
    assert.deepEqual(counts({}, type('application/octet-stream')), { found: 1, 'detect.responses': 1 })
  })

  test('what the HTTP stage did not keep, of either side', () => {
    const { request, response, ...rest } = exchangeOf({ method: 'POST', body: 'abc', response: { body: 'abc' } })
    const bench = both()
    bench.inspect({ ...rest, request: { ...request, bodyBytes: 10 }, response: { ...response!, bodyBytes: 20 } })
    assert.equal(bench.counts.get('detect.uninspected.request'), 7)
    assert.equal(bench.counts.get('detect.uninspected.response'), 17)
  })

  test('a document of a server is no bomb', () => {
    const body = `{"a":"zz","b":${'['.repeat(90)}1${']'.repeat(90)}}`
    assert.deepEqual(counts({}, { headers: json, body }), {
      found: 1,
      'detect.responses': 1,
      'detect.limit.response-nesting': 1,
    })
  })
})

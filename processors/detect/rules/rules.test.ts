/** Rules in the stage: what is reported, what is not, and what happens while it runs. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { drive } from '#test/driver/stage.ts'
import { config } from '../config.ts'
import json from '../decoders/json_doc/index.ts'
import percent from '../decoders/percent/index.ts'
import query from '../decoders/query/index.ts'
import ptrav from '../detectors/ptrav/index.ts'
import { exchangeOf, type RequestParts } from '../testdata/exchange.ts'
import { checkPack } from './pack.ts'
import { Ruled } from './stage.ts'

const DECODERS = [json, percent, query]

interface Options {
  readonly enable?: readonly string[]
  readonly disable?: readonly string[]
  readonly maxSteps?: number
}

function settings(text: string, options: Options = {}) {
  const sources = text === '' ? [] : [checkPack({ name: 'test.yaml', text: `pack: test\n${text}` })]
  return config.parse({ rules: { sources, ...options } })
}

function stageOf(text: string, options: Options = {}) {
  return drive(() => new Ruled(settings(text, options), DECODERS, [ptrav]), { outputs: ['detections'] })
}

type Driven = ReturnType<typeof stageOf>

/** `<rule> <point>` of what is reported. */
function said(stage: Driven, parts: RequestParts & Partial<Exchange>): string[] {
  return found(stage, parts).map(({ rule, point }) => `${rule} ${point.join('.')}`)
}

function found(
  stage: Driven,
  { method, target, headers, body, ...more }: RequestParts & Partial<Exchange>,
): Detection[] {
  const parts = {
    ...(method && { method }),
    ...(target && { target }),
    ...(headers && { headers }),
    ...(body && { body }),
  }
  const exchange = { ...exchangeOf(parts), ...more }
  stage.feed(exchange, exchange.time)
  return stage.take<Detection>('detections')
}

const CANARY = `
rules:
  - id: infoleak.canary
    attack: infoleak
    severity: high
    why: The value is planted in data that nobody should have read.
    match: { regex: 'canary-[0-9a-f]{8}' }
`

describe('a rule', () => {
  test('finds its expression in decoded values, and says where and why', () => {
    const [detection] = found(stageOf(CANARY), { target: '/a?q=x%20c%61nary-0a1b2c3d' })
    assert.ok(detection)
    const { rule, attack, point, at, evidence, shows, unless, cwe, pack } = detection
    assert.deepEqual(
      [rule, attack, point, at, evidence],
      ['infoleak.canary', 'infoleak', ['query', 'q'], 2, 'canary-0a1b2c3d'],
    )
    assert.equal(shows, '/canary-[0-9a-f]{8}/ matches "canary-0a1b2c3d"')
    assert.equal(unless, 'It would be harmless if /canary-[0-9a-f]{8}/ did not match.')
    assert.deepEqual(cwe, [200, 209])
    assert.match(pack, /^test@[0-9a-f]{16}$/)
  })

  test('finds nothing where only its needle occurs', () =>
    assert.deepEqual(said(stageOf(CANARY), { target: '/a?q=canary-birds' }), []))

  const where = (condition: string): Driven => stageOf(`${CANARY}    where: ${condition}\n`)
  const target = '/api/v1/users?q=canary-0a1b2c3d'
  const headers = [['X-Team', 'red']] as const
  for (const [condition, holds] of [
    ['{ methods: [GET, PUT] }', true],
    ['{ methods: [POST] }', false],
    ['{ hosts: ["*.example"] }', true],
    ['{ hosts: [example] }', false],
    ['{ paths: [/api/*/users] }', true],
    ['{ paths: [/api/*] }', false],
    ['{ paths: [/api/**] }', true],
    ['{ paths: ["~ ^/api/v[0-9]/"] }', true],
    ['{ headers: { x-team: ^red$ } }', true],
    ['{ headers: { x-team: ^blue$ } }', false],
    ['{ applications: [-1] }', true],
    ['{ applications: [7] }', false],
    ['{ points: [query.q] }', true],
    ['{ points: [query] }', true],
    ['{ points: [post.**] }', false],
    ['{ points: ["**.q"] }', true],
  ] as const) {
    test(`where ${condition} ${holds ? 'holds' : 'does not hold'}`, () =>
      assert.deepEqual(said(where(condition), { target, headers }), holds ? ['infoleak.canary query.q'] : []))
  }

  test('an escaped path leads to it too', () =>
    assert.equal(said(where('{ paths: [/api/*/users] }'), { target: target.replace('users', '%75sers') }).length, 1))

  test('of experimental rules is only counted', () => {
    const stage = stageOf(`${CANARY}    experimental: true\n`)
    assert.deepEqual(said(stage, { target }), [])
    assert.equal(stage.counted('detect.shadow.infoleak.canary'), 1)
  })

  test('that is off can be switched on, and one that is on off', () => {
    assert.deepEqual(said(stageOf(`${CANARY}    enabled: false\n`), { target }), [])
    assert.equal(said(stageOf(`${CANARY}    enabled: false\n`, { enable: ['infoleak.*'] }), { target }).length, 1)
    assert.deepEqual(said(stageOf(CANARY, { disable: ['infoleak.canary'] }), { target }), [])
  })
})

describe('conditions', () => {
  const rule = (match: string): Driven =>
    stageOf(
      `rules: [{ id: ssrf.x, attack: ssrf, severity: low, why: A test of conditions., where: { points: ["**.target"] }, match: ${match} }]\n`,
    )
  for (const [match, value, holds] of [
    ['{ number: { min: 1000 } }', '1001', true],
    ['{ number: { min: 1000 } }', '999', false],
    ['{ number: { min: 0 } }', 'x', false],
    ['{ length: { min: 5 } }', '123456', true],
    ['{ length: { min: 5, max: 7 } }', '12345678', false],
    ['{ ip: [10.0.0.0/8] }', '10.1.2.3', true],
    ['{ ip: [10.0.0.0/8] }', '11.1.2.3', false],
    ['{ url: { hosts: ["*.internal"] } }', 'http://a@db.internal:80/x', true],
    ['{ url: { hosts: ["*.internal"] } }', 'http://db.internal.example/', false],
    ['{ url: { schemes: [gopher, dict] } }', 'gopher://x/', true],
    ['{ url: { schemes: [gopher, dict] } }', 'https://x/', false],
    ['{ equals: [Admin] }', 'aDMIN', true],
    ['{ starts: [adm] }', 'xadmin', false],
    ['{ ends: [min] }', 'admin', true],
    ['{ all: [{ contains: abc }, { not: { contains: xyz } }] }', 'abc', true],
    ['{ all: [{ contains: abc }, { not: { contains: xyz } }] }', 'abcxyz', false],
    ['{ any: [{ contains: abc }, { regex: "^[0-9]+$" }] }', '42', true],
  ] as const) {
    test(`${match} ${holds ? 'holds' : 'does not hold'} for ${value}`, () =>
      assert.equal(said(rule(match), { target: `/?target=${value}` }).length, holds ? 1 : 0))
  }
})

describe('exceptions', () => {
  const attack = { target: '/files?name=../../../etc/passwd&other=../../../etc/shadow' }
  for (const [exception, left] of [
    ['{ why: It is a test., attacks: [ptrav] }', 0],
    ['{ why: It is a test., attacks: [sqli] }', 2],
    ['{ why: It is a test., rules: ["ptrav.*"], where: { points: [query.name] } }', 1],
    ['{ why: It is a test., where: { paths: [/files], hosts: [shop.example] } }', 0],
    ['{ why: It is a test., where: { paths: [/other] } }', 2],
    ['{ why: It is a test., until: 2020-01-01 }', 2],
    ['{ why: It is a test., until: 2030-01-01 }', 0],
  ] as const) {
    test(`${exception} leaves ${left}`, () => {
      const stage = stageOf(`exceptions: [${exception}]\n`)
      const points = new Set(said(stage, attack).map(text => text.split(' ')[1]))
      points.delete('uri')
      assert.equal(points.size, left)
      assert.equal(stage.counted('detect.ignored.ptrav') > 0, left < 2)
    })
  }

  test('a built-in rule can be disabled', () =>
    assert.deepEqual(said(stageOf('', { disable: ['ptrav.*'] }), attack), []))
})

describe('virtual patches', () => {
  const patch = (more: string): Driven =>
    stageOf(
      `rules: [{ id: vpatch.report, attack: vpatch, severity: critical, why: The report reads files by name., ${more} }]\n`,
    )

  test('report any attack of a type at their place, besides the attack', () => {
    const stage = patch('attacks: [ptrav], where: { paths: [/report], points: ["query.template"] }')
    assert.deepEqual(
      said(stage, { target: '/report?template=../../../etc/passwd' }).map(text => text.split(' ')[0]),
      ['vpatch.report', 'ptrav.sensitive-file'],
    )
    assert.equal(said(stage, { target: '/other?template=../../../etc/passwd' }).length, 1)
    assert.deepEqual(said(stage, { target: '/report?template=monthly' }), [])
  })

  test('report whatever is sent to a parameter', () => {
    const stage = patch('where: { methods: [POST], points: ["**.debugger"] }')
    assert.deepEqual(said(stage, { method: 'POST', body: '{"a":[{"Debugger":1}]}' }), [
      'vpatch.report post.json_doc.hash.a.array.0.hash.Debugger',
    ])
    assert.deepEqual(said(stage, { method: 'POST', body: '{"a":1}' }), [])
  })

  test('report whoever comes to a path', () => {
    const stage = patch('where: { paths: ["/internal/**"] }')
    assert.deepEqual(said(stage, { target: '/internal/metrics?x=1' }), ['vpatch.report uri'])
    assert.deepEqual(said(stage, { target: '/%69nternal/metrics' }).length, 1)
    assert.deepEqual(said(stage, { target: '/external/metrics' }), [])
  })
})

describe('while it runs', () => {
  test('new rules hold from the next exchange on, and a broken pack changes nothing', () => {
    const ruled = new Ruled(settings(''), DECODERS, [ptrav])
    const stage = drive(ruled, { outputs: ['detections'] })
    const target = '/a?q=canary-0a1b2c3d'
    assert.deepEqual(said(stage, { target }), [])
    ruled.configure(settings(CANARY))
    assert.equal(said(stage, { target }).length, 1)
    assert.throws(
      () => ruled.configure(settings(CANARY.replace('infoleak.canary', 'Canary'))),
      /test\.yaml:4:\d+ rules\[0\]\.id/,
    )
    assert.equal(said(stage, { target }).length, 1)
  })

  const DEAR = CANARY.replace("'canary-[0-9a-f]{8}'", "'canary-([0-9a-f]{1,40}x){1,20}'")

  test('a rule over its budget is quarantined, across a restart too, and comes back', () => {
    const stage = stageOf(DEAR, { maxSteps: 100 })
    const value = { target: `/a?q=canary-0x${'a'.repeat(5000)}` }
    const quarantined = (): number => stage.counted('detect.rules.quarantined.infoleak.canary')
    for (let i = 0; i < 1024 && quarantined() === 0; i++) said(stage, value)
    assert.equal(quarantined(), 1)
    assert.deepEqual(said(stage, value), [])
    stage.restart()
    assert.deepEqual(said(stage, value), [])
    stage.advance(stage.now + 601_000_000)
    assert.equal(said(stage, value).length, 1)
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Bench, exchangeOf, type RequestParts } from './testdata/exchange.ts'

const json = [['Content-Type', 'application/json']] as const

describe('limits', () => {
  test('detections per exchange', () => {
    const bench = new Bench({ maxDetections: 2 })
    const target = `/?${Array.from({ length: 5 }, (_, i) => `p${i}=../../../etc/passwd`).join('&')}`
    assert.equal(bench.inspect(exchangeOf({ target })).length, 2)
    assert.equal(bench.counts.get('detect.limit.detections'), 3)
  })

  test('what is found often does not crowd out what is found once', () => {
    const bench = new Bench({ maxDetections: 2 })
    const target = `/?${Array.from({ length: 5 }, (_, i) => `p${i}=../../../etc/passwd`).join('&')}&x=<script>alert(1)</script>`
    const attacks = bench.inspect(exchangeOf({ target })).map(({ attack }) => attack)
    assert.deepEqual(attacks, ['ptrav', 'xss'])
  })

  test('nesting is a bomb, also where nothing else is of interest', () => {
    const bench = new Bench({ maxNesting: 10 })
    const body = `${'['.repeat(50)}1${']'.repeat(50)}`
    const [bomb] = bench.inspect(exchangeOf({ method: 'POST', body }))
    assert.equal(bomb!.rule, 'data_bomb.nesting')
    assert.equal(bomb!.attack, 'data_bomb')
    assert.deepEqual(bomb!.point, ['post', 'json_doc'])
    assert.equal(bench.counts.get('detect.limit.nesting'), 1)
    assert.deepEqual(bench.inspect(exchangeOf({ method: 'POST', body: '[[[[[[[[[1]]]]]]]]]' })), [])
  })

  test('a million values are a bomb', () => {
    const bench = new Bench()
    const body = `{${Array.from({ length: 200_000 }, (_, i) => `"k${i}":"vv"`).join(',')}}`
    assert.deepEqual(
      bench.inspect(exchangeOf({ method: 'POST', body })).map(one => one.rule),
      ['data_bomb.values'],
    )
    assert.equal(bench.counts.get('detect.limit.values'), 1)
  })

  test('depth: what is encoded deeper is not decoded, and no bomb', () => {
    const bench = new Bench({ maxDepth: 2 })
    assert.deepEqual(bench.inspect(exchangeOf({ target: '/?a=%2525252e%2525252e/etc/passwd%2525252500' })), [])
    assert.equal(bench.counts.get('detect.limit.depth'), 1)
  })

  test('characters that decoders produce', () => {
    const bench = new Bench({ maxChars: 10_000 })
    const body = JSON.stringify({ a: "it's 100%25 ".repeat(2000), b: "1' or 1=1--" })
    bench.inspect(exchangeOf({ method: 'POST', headers: json, body }))
    assert.equal(bench.counts.get('detect.limit.chars'), 1)
  })
})

describe('work grows with the input and no faster', () => {
  const worst: Record<string, (n: number) => RequestParts> = {
    'percent signs': n => ({ target: `/?a=${'%25'.repeat(n / 3)}41` }),
    'quotes and words': n => ({ method: 'POST', body: "' or ".repeat(n / 5) }),
    'open comments': n => ({ method: 'POST', body: 'union /* '.repeat(n / 9) }),
    'open tags': n => ({ method: 'POST', body: '<script "'.repeat(n / 9) }),
    parameters: n => ({ target: `/?${'a=%41&'.repeat(n / 6)}` }),
    'JSON strings': n => ({ method: 'POST', body: `[${'"%41",'.repeat(n / 6)}"x"]` }),
    'open elements': n => ({ method: 'POST', headers: [['Content-Type', 'text/xml']], body: '<a or="'.repeat(n / 7) }),
    'document types': n => ({ method: 'POST', headers: [['Content-Type', 'text/xml']], body: '<![>or '.repeat(n / 7) }),
    parts: n => ({
      method: 'POST',
      headers: [['Content-Type', 'multipart/form-data']],
      body: `--x\r\n${"a: or\r\n\r\n' or \n--x\n".repeat(n / 21)}`,
    }),
    dots: n => ({ method: 'POST', body: '../'.repeat(n / 3) }),
    'nested base64': n => {
      let text = 'x'.repeat(n / 8)
      for (let i = 0; i < 6; i++) text = Buffer.from(text).toString('base64')
      return { method: 'POST', headers: json, body: JSON.stringify({ a: text }) }
    },
  }
  for (const [name, make] of Object.entries(worst)) {
    test(name, () => {
      const steps = (n: number) => {
        const bench = new Bench()
        bench.inspect(exchangeOf(make(n)))
        return bench.stage.steps
      }
      const growth = steps(72_000) / steps(9_000)
      assert.ok(growth > 4 && growth < 10, `8 times the input: ${growth} times the steps`)
    })
  }
})

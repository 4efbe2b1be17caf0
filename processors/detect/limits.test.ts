import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
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

describe('budgets', () => {
  const packed = (text: string) => encodeURIComponent(gzipSync(text).toString('base64'))

  test('a bomb in a value', () => {
    const bench = new Bench()
    const found = bench.inspect(exchangeOf({ target: `/?q=${packed(' '.repeat(5_000_000))}` }))
    assert.deepEqual(
      found.map(({ rule, point }) => `${rule} ${point.join(' ')}`),
      ['data_bomb.expansion query q base64 gzip'],
    )
    assert.equal(bench.counts.get('detect.limit.chars'), 1)
  })

  test('many values that multiply are a bomb together', () => {
    const bench = new Bench()
    const target = `/?${Array.from({ length: 20 }, (_, i) => `q${i}=${packed(`${' '.repeat(50_000)}%41`)}`).join('&')}`
    const found = bench.inspect(exchangeOf({ target }))
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['data_bomb.expansion'],
    )
    assert.ok(bench.stage.steps < 20 * target.length + 8 * 65_536 + 50 * target.length, String(bench.stage.steps))
  })

  test('what is packed within bounds is inspected', () => {
    const bench = new Bench()
    const found = bench.inspect(
      exchangeOf({ target: `/?q=${packed(`${' '.repeat(50_000)}<script>alert(1)</script>`)}` }),
    )
    assert.ok(found.some(({ rule }) => rule === 'xss.script'))
  })

  test('compressed values are unpacked up to a number', () => {
    const bench = new Bench({ maxDear: 3 })
    const found = (n: number) => {
      const filler = Array.from({ length: n }, (_, i) => `f${i}=${packed('a'.repeat(i))}`).join('&')
      return bench.inspect(exchangeOf({ target: `/?${filler}&q=${packed('<script>alert(1)</script>')}` })).length
    }
    assert.ok(found(2) > 0)
    assert.equal(bench.counts.get('detect.limit.dear'), undefined)
    assert.equal(found(3), 0)
    assert.equal(bench.counts.get('detect.limit.dear'), 1)
  })

  test('what decoders and detectors may read', () => {
    const bench = new Bench({ maxWork: 50_000 })
    const body = JSON.stringify(Array.from({ length: 10_000 }, () => "it's 100%25 "))
    bench.inspect(exchangeOf({ method: 'POST', headers: json, body }))
    assert.equal(bench.counts.get('detect.limit.work'), 1)
  })

  test('values that look like attacks of many kinds are read as often as their size allows: more is a bomb', () => {
    const bench = new Bench()
    const inspect = (one: string, n: number) =>
      bench.inspect(
        exchangeOf({ method: 'POST', headers: json, body: JSON.stringify(Array.from({ length: n }, () => one)) }),
      )
    const dense = '< isinde;sleep(a/marijuana.jspdel %%0arecovmaxdb_'
    assert.deepEqual(inspect(dense, 100), [])
    const [bomb, ...others] = inspect(dense, 20_000)
    assert.equal(bomb?.rule, 'data_bomb.work')
    assert.deepEqual(others, [])
    assert.equal(bench.counts.get('detect.limit.work'), 1)
    // Ordinary talk about languages, as much of it.
    assert.deepEqual(
      inspect('it\'s (a) "test" & <b>more</b>; select one or two, 100%25 sure: https://a.b/c?d=e', 20_000),
      [],
    )
    assert.equal(bench.counts.get('detect.limit.work'), 1)
  })

  test('findings: what is found once is kept among thousands', () => {
    const bench = new Bench()
    const pairs = Array.from({ length: 3000 }, (_, i) => `p${i}=../../../etc/passwd`)
    const found = bench.inspect(exchangeOf({ target: `/?${pairs.join('&')}&x=<script>alert(1)</script>` }))
    assert.equal(found.length, 16)
    assert.ok(found.some(({ rule }) => rule === 'xss.script'))
  })

  test('layers of two encodings are taken off in one order only', () => {
    const nested = (text: string) => {
      let layered = text
      for (let i = 0; i < 4; i++) layered = encodeURIComponent(layered).replaceAll('&', '&amp;')
      return layered.replaceAll('%', '&#37;%25')
    }
    const bench = new Bench()
    bench.inspect(exchangeOf({ method: 'POST', body: `x ${nested('<&>'.repeat(2000))}` }))
    const once = bench.stage.steps
    assert.ok(once < 50 * nested('<&>'.repeat(2000)).length, String(once))
  })
})

describe('work grows with the input and no faster', () => {
  const xml = [['Content-Type', 'text/xml']] as const
  const worst: Record<string, (n: number) => RequestParts> = {
    'names without values': n => ({
      method: 'POST',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      body: '%41&'.repeat(n / 4),
    }),
    'entities that are used': n => ({
      method: 'POST',
      headers: xml,
      body: `<!DOCTYPE a [<!ENTITY b "or 1">]><a>${'&b;'.repeat(n / 3)}</a>`,
    }),
    'entities in each other': n => ({
      method: 'POST',
      headers: xml,
      body: `<!DOCTYPE a [${Array.from({ length: n / 20 }, (_, i) => `<!ENTITY e${i} "&e${i % 30};">`).join('')}]><a>&e1;</a>`,
    }),
    'declarations that do not end': n => ({
      method: 'POST',
      headers: xml,
      body: `<!DOCTYPE a [${'<!ENTITY b "'.repeat(n / 12)}`,
    }),
    'repeated elements': n => ({ method: 'POST', headers: xml, body: `<a>${'<b>or 1</b>'.repeat(n / 11)}</a>` }),
    'GraphQL arguments': n => ({
      method: 'POST',
      headers: json,
      body: JSON.stringify({ query: `{${'a(b:"or 1")'.repeat(n / 11)}}` }),
    }),
    'GraphQL documents': n => ({
      method: 'POST',
      headers: json,
      body: JSON.stringify(Array(Math.floor(n / 20)).fill({ query: '{a(b:1)}' })),
    }),
    'GraphQL documents of one name': n => ({
      method: 'POST',
      headers: json,
      body: `{${'"query":"{a}",'.repeat(n / 14)}"a":1}`,
    }),
    'multipart in multipart': n => ({
      method: 'POST',
      headers: [['Content-Type', 'multipart/form-data; boundary=x; boundary=y']],
      body: `--x\r\n${'Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nor 1\r\n--x\r\n'.repeat(n / 64)}`,
    }),
    'view state': n => ({
      method: 'POST',
      headers: json,
      body: JSON.stringify({
        __VIEWSTATE: Buffer.from([0xff, 1, ...Array<number>(Math.floor(n / 2)).fill(22)]).toString('base64'),
      }),
    }),
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
    'stray percent signs': n => ({ target: `/?a=${'s%el'.repeat(n / 4)}` }),
    'escapes of JavaScript': n => ({ method: 'POST', body: '\\u005c'.repeat(n / 6) }),
    references: n => ({ method: 'POST', body: '&#x26;amp'.repeat(n / 9) }),
    'open references': n => ({ method: 'POST', body: '&#0'.repeat(n / 3) }),
    'hexadecimal tokens': n => ({ method: 'POST', body: '2527253725272537 '.repeat(n / 17) }),
    'base64 tokens': n => ({ method: 'POST', body: 'JzEnPScxJTI3Jw== '.repeat(n / 17) }),
    'slashes in base64': n => ({ method: 'POST', body: 'Pz8/'.repeat(n / 4) }),
    'dots of a token': n => ({ headers: [['Authorization', `Bearer eyJh${'.eyJh'.repeat(n / 5)}`]] }),
    'full-width forms': n => ({ target: `/?a=${'%EF%BC%87or'.repeat(n / 11)}` }),
    zeros: n => ({ target: `/?${'a=or%00%27&'.repeat(n / 11)}` }),
    credentials: n => ({
      headers: [['Authorization', `Basic ${Buffer.from("':or".repeat(n / 6)).toString('base64')}`]],
    }),
    'headers of one name': n => ({ headers: Array.from({ length: n / 10 }, () => ['X-A', "%41'or 1"] as const) }),
    dots: n => ({ method: 'POST', body: '../'.repeat(n / 3) }),
    'nested base64': n => {
      let text = 'x'.repeat(n / 8)
      for (let i = 0; i < 6; i++) text = Buffer.from(text).toString('base64')
      return { method: 'POST', headers: json, body: JSON.stringify({ a: text }) }
    },
  }
  const bench = new Bench()
  for (const [name, make] of Object.entries(worst)) {
    test(name, () => {
      const steps = (n: number) => {
        const before = bench.stage.steps
        bench.inspect(exchangeOf(make(n)))
        return bench.stage.steps - before
      }
      const growth = steps(72_000) / steps(9_000)
      assert.ok(growth > 4 && growth < 10, `8 times the input: ${growth} times the steps`)
    })
  }
})

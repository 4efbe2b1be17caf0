/** Documents through the whole stage: what is found in them, at which point, and that bombs end. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Bench, exchangeOf, type RequestParts } from './testdata/exchange.ts'

const bench = new Bench()
const found = (parts: RequestParts): readonly string[] =>
  bench.inspect(exchangeOf(parts)).map(({ rule, point }) => `${rule} at ${point.join(' ')}`)
const post = (type: string, body: string | Uint8Array): RequestParts => ({
  method: 'POST',
  headers: [['Content-Type', type]],
  body,
})
const json = (value: unknown) => post('application/json', JSON.stringify(value))

describe('GraphQL', () => {
  const evil = `mutation { login(user: "admin' or '1'='1' -- ") { token } }`
  const point = 'gql gql_mutation  hash login gql_arg hash user'

  test('by POST, by GET, in a batch, in a form, as a body of its own', () => {
    const places: readonly (readonly [RequestParts, string])[] = [
      [json({ query: evil }), 'post json_doc hash query'],
      [json([{ query: '{a}' }, { query: evil }]), 'post json_doc array 1 hash query'],
      [{ target: `/graphql?query=${encodeURIComponent(evil)}` }, 'query query'],
      [post('application/x-www-form-urlencoded', `query=${encodeURIComponent(evil)}`), 'post form_urlencoded query'],
      [post('application/graphql', evil), 'post'],
    ]
    for (const [parts, place] of places) {
      const points = found(parts).filter(one => one.startsWith('sqli.'))
      assert.ok(points.length > 0 && points.every(one => one.endsWith(`at ${place} ${point}`)), `${place}: ${points}`)
    }
  })

  test('limits, where nothing in the document interests another detector', () => {
    const aliases = `{${Array.from({ length: 6 }, (_, i) => `a${i}:b`).join(' ')}}`
    assert.deepEqual(found(json({ query: aliases })), ['gql_aliases.field at post json_doc hash query gql'])
    assert.deepEqual(found({ target: `/graphql?query=${aliases.replaceAll(' ', '+')}` }), [
      'gql_aliases.field at query query gql',
    ])
    assert.deepEqual(found(post('application/graphql', aliases)), ['gql_aliases.field at post gql'])
  })

  test('a batch is told once', () => {
    const batch = (n: number) => json(Array.from({ length: n }, () => ({ query: '{a}' })))
    assert.deepEqual(found(batch(10)), [])
    assert.deepEqual(found(batch(30)), ['gql_docs_per_batch.batch at post json_doc array 10 hash query gql'])
  })

  test('settings of the stage reach it', () => {
    const strict = new Bench({ detectors: { gql: { depth: 2 } as never } })
    const rules = (query: string) => strict.inspect(exchangeOf(json({ query }))).map(({ rule }) => rule)
    assert.deepEqual(rules('{a{b{c}}}'), ['gql_depth.fields'])
    assert.deepEqual(rules('{a{b}}'), [])
  })
})

describe('bombs end within the budget', () => {
  const bombs: Readonly<Record<string, readonly [parts: RequestParts, rule: string]>> = {
    'a million keys': [
      json(Object.fromEntries(Array.from({ length: 1_000_000 }, (_, i) => [`k${i}`, 1]))),
      'data_bomb.values',
    ],
    'a hundred thousand brackets': [post('application/json', '['.repeat(100_000)), 'data_bomb.nesting'],
    'nested objects': [post('application/json', '{"a":'.repeat(50_000)), 'data_bomb.nesting'],
    'nested elements': [post('text/xml', '<a>'.repeat(50_000)), 'data_bomb.nesting'],
    'many elements': [post('text/xml', `<a>${'<b></b>'.repeat(150_000)}</a>`), 'data_bomb.values'],
    'billion laughs': [
      post(
        'text/xml',
        `<!DOCTYPE l [<!ENTITY l0 "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')}]><l>&l9;</l>`,
      ),
      'data_bomb.expansion',
    ],
    'quadratic blow-up': [
      post('text/xml', `<!DOCTYPE l [<!ENTITY a "${'a'.repeat(100_000)}">]><l>${'&a;'.repeat(50_000)}</l>`),
      'data_bomb.expansion',
    ],
    'many parts': [
      post(
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n'.repeat(150_000),
      ),
      'data_bomb.values',
    ],
    'many fields of a form': [post('application/x-www-form-urlencoded', 'a=1&'.repeat(150_000)), 'data_bomb.values'],
  }
  for (const [name, [parts, rule]] of Object.entries(bombs)) {
    test(name, () =>
      assert.ok(
        found(parts).some(one => one.startsWith(rule)),
        rule,
      ),
    )
  }

  test('what is only large is none', () => {
    const points = Array.from({ length: 60_000 }, (_, i) => [i / 7, i / 3])
    assert.deepEqual(found(json({ type: 'LineString', coordinates: points })), [])
    assert.deepEqual(found(post('text/xml', `<r>${'<p x="1"/>'.repeat(5000)}</r>`)), [])
  })
})

describe('charsets', () => {
  const attack = "id=1' or '1'='1' -- "
  test('of a form', () => {
    for (const [charset, body] of [
      ['utf-16le', Buffer.from(attack, 'utf16le')],
      ['utf-16be', Buffer.from(attack, 'utf16le').swap16()],
      ['utf-7', Buffer.from(attack.replaceAll("'", '+ACc-').replaceAll('=', '+AD0-'))],
    ] as const) {
      assert.ok(
        found(post(`application/x-www-form-urlencoded; charset=${charset}`, body)).some(one => one.startsWith('sqli.')),
        charset,
      )
    }
  })

  test('a picture that is a document', () => {
    const svg =
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg><text>&x;</text></svg>'
    const head = 'Content-Disposition: form-data; name="avatar"; filename="me.svg"\r\nContent-Type: image/svg+xml'
    const points = found(post('multipart/form-data; boundary=x', `--x\r\n${head}\r\n\r\n${svg}\r\n--x--`))
    assert.ok(points.includes('xxe.external-entity at post multipart avatar file xml xml_dtd'), points.join())
  })

  test('of XML, by its declaration or its first bytes', () => {
    const xxe = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'
    const bodies = [
      Buffer.from(`<?xml version="1.0" encoding="UTF-7"?>${xxe.replaceAll('<', '+ADw-').replaceAll('!', '+ACE-')}`),
      Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${xxe}`, 'utf16le'),
    ]
    for (const body of bodies)
      assert.ok(found(post('text/xml', body)).some(one => one.startsWith('xxe.external-entity')))
  })
})

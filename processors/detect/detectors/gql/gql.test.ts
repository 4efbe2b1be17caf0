import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'
import gql from './index.ts'

const POINT = ['post', 'json_doc', 'hash', 'query', 'gql']

function rules(text: string, around: Exchange = exchange(), detector: DetectorSpec = gql): readonly string[] {
  const found: string[] = []
  detector.inspect({ point: POINT, text }, text.toLowerCase(), around, ({ rule }) => found.push(rule))
  return found
}

const posted = (body: unknown): Exchange => {
  const content = Buffer.from(JSON.stringify(body))
  return exchange({
    request: request({ method: 'POST', query: null, content, body: content, bodyBytes: content.length }),
  })
}

describe('sizes', () => {
  test('of a document', () => {
    const document = (n: number) => `{${Array.from({ length: n }, (_, i) => `field${i}`).join(' ')}}`
    assert.deepEqual(rules(document(20_000)), ['gql_doc_size.document'])
    assert.deepEqual(rules(document(5_000)), [])
  })

  test('of a value in it', () => {
    assert.deepEqual(rules(`{a(b: "${'x'.repeat(10_241)}")}`), ['gql_value_size.value'])
    assert.deepEqual(rules(`{a(b: "${'x'.repeat(10_240)}")}`), [])
  })

  test('of a variable, by POST, in a batch and by GET', () => {
    const query = 'mutation($a: A){save(a: $a){id}}'
    const long = { a: { b: [{ c: 'x'.repeat(11_000) }] } }
    assert.deepEqual(rules(query, posted({ query, variables: long })), ['gql_value_size.variable'])
    assert.deepEqual(
      rules(
        query,
        posted([
          { query, variables: {} },
          { query, variables: long },
        ]),
      ),
      ['gql_value_size.variable'],
    )
    const target = `query=x&variables=${encodeURIComponent(JSON.stringify(long))}`
    assert.deepEqual(rules(query, exchange({ request: request({ query: target }) })), ['gql_value_size.variable'])
  })

  test('of many short variables, or of something else in the request, is none', () => {
    const query = '{a}'
    assert.deepEqual(rules(query, posted({ query, variables: { a: Array(5000).fill('xyz') } })), [])
    assert.deepEqual(rules(query, posted({ query, file: 'x'.repeat(20_000) })), [])
    assert.deepEqual(rules(query, posted('x'.repeat(20_000))), [])
  })
})

describe('settings', () => {
  const set = (settings: Record<string, unknown>) => gql.configured!(settings)

  test('limits', () => {
    assert.deepEqual(rules('{a{b}}', exchange(), set({ depth: 1 })), ['gql_depth.fields'])
    assert.deepEqual(rules('{a:x b:x}', exchange(), set({ aliases: 1 })), ['gql_aliases.field'])
    assert.deepEqual(rules('{__schema{a}}', exchange(), set({ introspection: 'allow' })), [])
    assert.deepEqual(rules('{a @debug}', exchange(), set({ debug: 'allow' })), [])
  })

  test('what nobody knows is refused', () => {
    assert.throws(() => set({ dept: 1 }), /dept/)
    assert.throws(() => set({ depth: 0 }))
  })
})

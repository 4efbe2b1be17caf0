import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import gql from './index.ts'

const POINT = ['post', 'json_doc', 'hash', 'query', 'gql']
const values = (text: string) => take(gql, text, { point: POINT }).values
const outcome = (text: string) => take(gql, text, { point: POINT }).outcome

describe('worked documents', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      'query GetUser { user(id: "1") { ...UserFields @include(if: true) } }',
      [
        ['gql_query GetUser hash user gql_arg hash id', '1'],
        ['gql_query GetUser hash user gql_spread UserFields gql_dir include gql_arg hash if', 'true'],
      ],
    ],
    [
      'query GetAllUsers { users(limit: 10) { ...UserFields @include(if: true) } }',
      [
        ['gql_query GetAllUsers hash users gql_arg hash limit', '10'],
        ['gql_query GetAllUsers hash users gql_spread UserFields gql_dir include gql_arg hash if', 'true'],
      ],
    ],
    [
      'fragment UserFields on User { id posts(status: "published") { title } }',
      [['gql_fragment UserFields gql_type User hash posts gql_arg hash status', 'published']],
    ],
  ]
  for (const [text, found] of cases) test(text, () => assert.deepEqual(values(text), found))
})

test('variables, aliases, inline fragments, lists and objects', () => {
  const text = `mutation M($a: [Int!]! = [1, 2], $b: In = {c: "d"} @x(y: Z)) {
    first: save(in: {e: ["f", {g: -1.5e3}], h: $b}) { ... on T @k { i(j: """l "m\\""" n""") } ... { o } }
  }`
  assert.deepEqual(values(text), [
    ['gql_mutation M gql_var a array 0', '1'],
    ['gql_mutation M gql_var a array 1', '2'],
    ['gql_mutation M gql_var b hash c', 'd'],
    ['gql_mutation M gql_var b gql_dir x gql_arg hash y', 'Z'],
    ['gql_mutation M hash save gql_alias', 'first'],
    ['gql_mutation M hash save gql_arg hash in hash e array 0', 'f'],
    ['gql_mutation M hash save gql_arg hash in hash e array 1 hash g', '-1.5e3'],
    ['gql_mutation M hash save gql_inline gql_type T hash i gql_arg hash j', 'l "m""" n'],
  ])
})

test('escapes and comments', () => {
  assert.deepEqual(values('#c1\n{ a(b: "\\u0027 \\u{1F600}\\n\\"x") } # c2'), [
    ['_comment', 'c1'],
    ['gql_query  hash a gql_arg hash b', '\' 😀\n"x'],
    ['gql_query  _comment', ' c2'],
  ])
})

test('what is no document from somewhere on is looked at in one piece as well', () => {
  for (const text of [
    "{a}' union select 1",
    '{a(b: "x)}',
    '{a b(c: )}',
    'query Q { a',
    '{a: }',
    'type Query { a: Int }',
    '{a(b: "c"; d)}',
    'fragment F on T',
    '{...}',
  ]) {
    assert.equal(outcome(text), 'part', text)
  }
  assert.equal(outcome('query A{a} query B{b} fragment F on T{c}'), 'whole')
})

test('nesting', () => {
  const nest = (n: number) => `${'{a'.repeat(n)}${'}'.repeat(n)}`
  assert.equal(outcome(nest(64)), 'whole')
  assert.equal(outcome(nest(65)), 'too-deep')
  assert.equal(outcome(`{a(b: ${'['.repeat(70)}`), 'too-deep')
  assert.equal(outcome(`{a(b: ${'{c:'.repeat(70)}`), 'too-deep')
  assert.equal(outcome(`query($a: ${'['.repeat(5000)}Int) {a}`), 'whole')
})

describe('what it takes', () => {
  const query = '{ me { id } }'
  test('documents by their name', () => {
    assert.ok(fits(gql, query, { point: ['query', 'query'] }))
    assert.ok(fits(gql, `# c\n${query}`, { point: ['post', 'json_doc', 'array', '0', 'hash', 'query'] }))
    assert.ok(fits(gql, 'mutation M($a: B) { c }', { point: ['post', 'form_urlencoded', 'query'] }))
    assert.ok(!fits(gql, query, { point: ['query', 'q'] }))
    assert.deepEqual(take(gql, query, { point: ['query', 'query'] }).values, [['gql', query]])
  })

  test('bodies', () => {
    assert.ok(fits(gql, query, { type: 'application/graphql' }))
    assert.ok(fits(gql, query, { type: 'text/plain' }))
    assert.ok(fits(gql, 'query { a }'))
    assert.ok(!fits(gql, query, { type: 'application/json' }))
    assert.ok(!fits(gql, query, { type: 'application/graphql-response+json' }))
  })

  test('nothing else', () => {
    for (const text of [
      'query language for beginners',
      'mutation of genes',
      'shoes',
      '{"match": {"title": "x"}}',
      '{a: 1}',
      '{name: "x"}',
      "{'a': 1}",
      '{{7*7}}',
      '#{7*7}',
      '{ $gt: "" }',
      'query=1',
      'subscription',
      '',
    ]) {
      assert.ok(!fits(gql, text, { point: ['query', 'query'] }), text)
    }
  })
})

test('nobody is asked again once the budget is spent', () => {
  const text = '#c1\nquery($a: B = "d") { x: e(f: "g", h: [1, 2]) @i(j: "k") } #c2'
  for (let budget = 1; budget < 9; budget++) {
    assert.ok(take(gql, text, { point: POINT, budget }).values.length <= budget)
  }
})

/** Fuzz target: any text as a GraphQL document, through the decoder and the detector of its limits. */
import assert from 'node:assert/strict'
import gql from '#processors/detect/decoders/gql/index.ts'
import detector from '#processors/detect/detectors/gql/index.ts'
import { exchange, request } from '#test/driver/records.ts'
import { decoderSeeds, decoderTarget, type Place } from './run/decoder.ts'

const PLACES: readonly Place[] = [
  { point: ['post', 'json_doc', 'hash', 'query', 'gql'], type: 'application/json' },
  { point: ['query', 'query'] },
  { point: ['post'], type: 'application/graphql' },
]

const decode = decoderTarget(gql, PLACES)

export default function gqlTarget(data: Uint8Array): void {
  decode(data)
  const content = Buffer.from(data.subarray(2))
  const text = content.toString('latin1')
  const rules: string[] = []
  const around = exchange({ request: request({ query: text.replaceAll(/[\r\n]/g, ' '), content, body: content }) })
  detector.inspect({ point: PLACES[0]!.point, text }, text.toLowerCase(), around, ({ rule, at = 0 }) => {
    assert.ok(at <= text.length, 'evidence stands in the text')
    rules.push(rule)
  })
  assert.equal(new Set(rules).size, rules.length, 'each rule once')
}

export const dictionary: readonly string[] = [
  'query Q($a: [Int!]! = [1]) ',
  'mutation ',
  'fragment F on T ',
  '...F',
  '... on T ',
  '@include(if: true)',
  '{',
  '}',
  'a:b',
  '(c: {d: [1, "e", $f]})',
  '"""block \\""" """',
  '"\\u0041\\n"',
  '# comment\n',
  '__schema',
  'variables=',
  'debug=1',
]

export function seeds(): readonly Uint8Array[] {
  return decoderSeeds(PLACES, [
    'query Q($a: A = {b: "c"}) @d { e: f(g: $a, h: """i""") { ...J ... on K { l } } } fragment J on M { n ...J }',
    '{"query":"{a}","variables":{"b":["c"]},"debug":true}',
    `{${'a{'.repeat(20)}b${'}'.repeat(21)}`,
  ])
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalForm, fingerprintOf, type Schema } from './canonical.ts'

/** From share/test/data/schema-tests.txt of Apache Avro: schema, canonical form, fingerprint (signed). */
const VECTORS: readonly (readonly [schema: string, canonical: string, fingerprint: bigint])[] = [
  ['"null"', '"null"', 7195948357588979594n],
  ['{"type":"boolean"}', '"boolean"', -6970731678124411036n],
  ['"int"', '"int"', 8247732601305521295n],
  ['"long"', '"long"', -3434872931120570953n],
  ['"float"', '"float"', 5583340709985441680n],
  ['"double"', '"double"', -8181574048448539266n],
  ['"bytes"', '"bytes"', 5746618253357095269n],
  ['"string"', '"string"', -8142146995180207161n],
  ['[ ]', '[]', -1241056759729112623n],
  ['[ "int" , {"type":"boolean"} ]', '["int","boolean"]', 5392556393470105090n],
  [
    '{"fields":[], "type":"record", "name":"foo", "doc":"Useful info"}',
    '{"name":"foo","type":"record","fields":[]}',
    -4824392279771201922n,
  ],
  [
    '{"fields":[], "type":"record", "name":"foo", "namespace":"x.y"}',
    '{"name":"x.y.foo","type":"record","fields":[]}',
    5916914534497305771n,
  ],
  [
    '{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}',
    '{"name":"a.b.foo","type":"record","fields":[]}',
    -4616218487480524110n,
  ],
  [
    '{"fields":[{"type":{"type":"boolean"}, "name":"f1"}], "type":"record", "name":"foo"}',
    '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}',
    7843277075252814651n,
  ],
  [
    '{"type":"enum","name":"foo","symbols":["A1"]}',
    '{"name":"foo","type":"enum","symbols":["A1"]}',
    -6342190197741309591n,
  ],
  ['{"name":"foo","type":"fixed","size":15}', '{"name":"foo","type":"fixed","size":15}', 1756455273707447556n],
  ['{ "items":{"type":"null"}, "type":"array"}', '{"type":"array","items":"null"}', -589620603366471059n],
  ['{ "values":"string", "type":"map"}', '{"type":"map","values":"string"}', -8732877298790414990n],
]

for (const [schema, canonical, fingerprint] of VECTORS) {
  test(`${canonical} has the published fingerprint`, () => {
    const parsed = JSON.parse(schema) as Schema
    assert.equal(canonicalForm(parsed), canonical)
    assert.equal(BigInt.asIntN(64, fingerprintOf(parsed)), fingerprint)
  })
}

test('references take the namespace in which they stand', () => {
  const schema: Schema = {
    type: 'record',
    name: 'a.Outer',
    fields: [
      { name: 'x', type: { type: 'fixed', name: 'Inner', size: 1 } },
      { name: 'y', type: 'Inner' },
    ],
  }
  assert.equal(
    canonicalForm(schema),
    '{"name":"a.Outer","type":"record","fields":[{"name":"x","type":{"name":"a.Inner","type":"fixed","size":1}},{"name":"y","type":"a.Inner"}]}',
  )
})

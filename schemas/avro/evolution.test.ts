/**
 * The law of the topics' schemas: every published version reads what every other one wrote. It is checked for the real
 * versions, and the check itself with changes that do and do not break it.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomValue } from '#test/driver/avro-random.ts'
import { mulberry32 } from '#test/driver/random.ts'
import type { Field, Schema, SchemaObject } from './canonical.ts'
import { Codec } from './codec.ts'
import { currentSchema, publishedSchemas, SCHEMA_NAMES } from './schemas.ts'

/** What keeps one of these versions from reading another; empty when all read all. */
function incompatibilities(versions: readonly Schema[]): string[] {
  const found: string[] = []
  for (const [r, reader] of versions.entries()) {
    for (const [w, writer] of versions.entries()) {
      const records = Array.from({ length: 10 }, (_, i) => new Codec(writer).encode(randomValue(writer, mulberry32(i))))
      try {
        const codec = new Codec(reader, [writer])
        for (const record of records) codec.decode(record)
      } catch (error) {
        found.push(`v${r + 1} cannot read v${w + 1}: ${(error as Error).message}`)
      }
    }
  }
  return found
}

for (const name of SCHEMA_NAMES) {
  test(`${name}: every version reads every other`, () =>
    assert.deepEqual(incompatibilities(publishedSchemas(name)), []))

  test(`${name}: the current schema is the newest published version (a change is a new file in history/)`, () => {
    assert.deepEqual(currentSchema(name), publishedSchemas(name).at(-1))
  })
}

describe('the check finds what breaks readers', () => {
  const base = currentSchema('exchange') as SchemaObject
  const changed = (fields: (fields: readonly Field[]) => readonly Field[]): Schema => ({
    ...base,
    fields: fields(base.fields!),
  })
  const retyped = (name: string, type: Schema, byDefault?: unknown): Schema =>
    changed(fields => fields.map(field => (field.name === name ? { ...field, type, default: byDefault } : field)))
  const breaking: readonly (readonly [string, Schema])[] = [
    ['a field without a default', changed(fields => [...fields, { name: 'extra', type: 'string' }])],
    ['a field that had no default, gone', changed(fields => fields.filter(field => field.name !== 'host'))],
    ['another type', retyped('host', 'int')],
    ['a narrower type', retyped('time', 'int')],
    ['a type that cannot be null any more', retyped('stream', 'long', -1)],
    ['another name of the record', { ...base, name: 'Transaction' }],
    ['a field renamed', changed(fields => fields.map(f => (f.name === 'host' ? { ...f, name: 'hostname' } : f)))],
  ]
  for (const [what, next] of breaking) {
    test(what, () => assert.notDeepEqual(incompatibilities([base, next]), []))
  }

  const harmless: readonly (readonly [string, Schema])[] = [
    ['a field with a default', changed(fields => [...fields, { name: 'extra', type: 'string', default: '' } as Field])],
    ['a field that had a default, gone', changed(fields => fields.filter(field => field.name !== 'stream'))],
    ['another order of fields', changed(([first, ...rest]) => [...rest, first!])],
  ]
  for (const [what, next] of harmless) {
    test(`${what} breaks nothing`, () => assert.deepEqual(incompatibilities([base, next]), []))
  }
})

/**
 * Checks the bytes of a record against its writer's schema before avsc decodes them. avsc trusts lengths and counts: a
 * damaged array length makes it allocate or loop without end. After this pass every length lies inside the record, every
 * union branch exists, and there are no more than MAX_ITEMS array items and map entries in all.
 *
 *   long    zig-zag, little-endian groups of 7 bits, at most 10 bytes     string, bytes   long length, then so many bytes
 *   array   blocks of long count (negative: its absolute value, then a long size in bytes), then the items; ends with 0
 *   map     like an array of (string, value)                              union           long branch, then the value
 */
import { Refused } from '#schemas/contracts/errors.ts'
import { fullName, isUnion, type Schema, type SchemaObject } from './canonical.ts'

const MAX_ITEMS = 100_000
const LONG_BYTES = 10
const INT_BYTES = 5

/** Where the check stands in a record. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
  items: number
}

interface Check {
  run(cursor: Cursor): void
  /** Fewest bytes that a value takes. */
  readonly least: number
}

/** A function that throws `Refused('bad-record')` unless the bytes from `start` to the end are one record of `schema`. */
export function boundsCheck(schema: Schema): (bytes: Uint8Array, start: number) => void {
  const check = compile(schema, '', new Map())
  return (bytes, start) => {
    const cursor: Cursor = { bytes, at: start, items: 0 }
    check.run(cursor)
    if (cursor.at !== bytes.length) fail(cursor, `${bytes.length - cursor.at} bytes too many`)
  }
}

/** `named`: the named types so far. A type that holds itself is refused: nothing would bound its depth. */
function compile(schema: Schema, namespace: string, named: Map<string, Check | null>): Check {
  if (typeof schema === 'string') return PRIMITIVE.get(schema) ?? reference(fullName(schema, namespace), named)
  if (isUnion(schema)) return union(schema.map(branch => compile(branch, namespace, named)))
  const { type } = schema
  if (typeof type !== 'string') return compile(type, namespace, named)
  const name = schema.name === undefined ? '' : fullName(schema.name, schema.namespace ?? namespace)
  const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : namespace
  if (type === 'array' || type === 'map')
    return blocks(compile(schema.items ?? schema.values ?? 'null', inner, named), type)
  named.set(name, null)
  const check = namedType(schema, type, inner, named)
  if (name !== '') named.set(name, check)
  return check
}

function reference(name: string, named: ReadonlyMap<string, Check | null>): Check {
  const check = named.get(name)
  if (check === undefined) throw new TypeError(`schema: unknown type ${name}`)
  if (check === null) throw new TypeError(`schema: ${name} holds itself`)
  return check
}

function namedType(schema: SchemaObject, type: string, namespace: string, named: Map<string, Check | null>): Check {
  switch (type) {
    case 'record': {
      const fields = (schema.fields ?? []).map(field => compile(field.type, namespace, named))
      return record(fields)
    }
    case 'fixed':
      return fixed(schema.size ?? 0)
    case 'enum':
      return enumeration(schema.symbols?.length ?? 0)
    default:
      return PRIMITIVE.get(type) ?? reference(fullName(type, namespace), named)
  }
}

function record(fields: readonly Check[]): Check {
  return {
    least: fields.reduce((sum, field) => sum + field.least, 0),
    run(cursor) {
      for (let i = 0; i < fields.length; i++) fields[i]!.run(cursor)
    },
  }
}

function union(branches: readonly Check[]): Check {
  return {
    least: 1 + Math.min(...branches.map(branch => branch.least)),
    run(cursor) {
      const branch = branches[readLong(cursor)]
      if (branch === undefined) return fail(cursor, 'no such union branch')
      branch.run(cursor)
    },
  }
}

function enumeration(symbols: number): Check {
  return {
    least: 1,
    run(cursor) {
      const index = readLong(cursor)
      if (index < 0 || index >= symbols) fail(cursor, 'no such enum symbol')
    },
  }
}

function blocks(item: Check, kind: 'array' | 'map'): Check {
  const least = item.least + (kind === 'map' ? 1 : 0)
  if (least === 0) throw new TypeError('schema: an array of values without bytes has no bound')
  return {
    least: 1,
    run(cursor) {
      for (;;) {
        let count = readLong(cursor)
        if (count === 0) return
        if (count < 0) {
          count = -count
          const size = readLong(cursor)
          if (size < 0 || size > cursor.bytes.length - cursor.at) fail(cursor, `block of ${size} bytes`)
        }
        cursor.items += count
        if (count * least > cursor.bytes.length - cursor.at) fail(cursor, `${count} items in what is left`)
        if (cursor.items > MAX_ITEMS) fail(cursor, `more than ${MAX_ITEMS} items`)
        for (let i = 0; i < count; i++) {
          if (kind === 'map') skip(cursor, readLong(cursor))
          item.run(cursor)
        }
      }
    },
  }
}

function fixed(size: number): Check {
  return { least: size, run: cursor => skip(cursor, size) }
}

function varint(most: number): Check {
  return {
    least: 1,
    run(cursor) {
      const { bytes } = cursor
      for (let i = 0; i < most; i++) if (bytes[cursor.at++]! < 0x80) return
      fail(cursor, `a number of more than ${most} bytes, or cut off`)
    },
  }
}

const PRIMITIVE: ReadonlyMap<string, Check> = new Map([
  ['null', { least: 0, run() {} }],
  [
    'boolean',
    {
      least: 1,
      run(cursor: Cursor) {
        if (!(cursor.bytes[cursor.at++]! <= 1)) fail(cursor, 'neither true nor false')
      },
    },
  ],
  ['int', varint(INT_BYTES)],
  ['long', varint(LONG_BYTES)],
  ['float', fixed(4)],
  ['double', fixed(8)],
  ...(['bytes', 'string'] as const).map(
    name => [name, { least: 1, run: (c: Cursor) => skip(c, readLong(c)) }] as const,
  ),
])

/** Exact up to 2^53; larger ones are refused wherever they would be used, as lengths or counts. */
function readLong(cursor: Cursor): number {
  const { bytes } = cursor
  let value = 0
  let weight = 1
  for (let i = 0; i < LONG_BYTES; i++) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) break
    value += (byte & 0x7f) * weight
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    weight *= 128
  }
  return fail(cursor, 'a length of too many bytes, or cut off')
}

function skip(cursor: Cursor, size: number): void {
  if (size < 0 || size > cursor.bytes.length - cursor.at) fail(cursor, `${size} bytes in what is left`)
  cursor.at += size
}

function fail(cursor: Cursor, what: string): never {
  throw new Refused('bad-record', `Avro record: ${what}, near byte ${cursor.at} of ${cursor.bytes.length}`)
}

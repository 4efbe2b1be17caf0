/** Random values for an Avro schema, from seeded random numbers: what `mulberry32` gives. */
import { fullName, isUnion, type Schema, type SchemaObject } from '#schemas/avro/canonical.ts'

const TEXTS = ['', 'a', 'Host', 'x'.repeat(31), 'y'.repeat(64), 'z'.repeat(300), 'ä€😀', '\u0000\n', '__proto__']
const LONGS = [0, 1, -1, 63, 64, -65, 2 ** 28, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, -(2 ** 52)]

/** Records come as plain objects, bytes as Buffers. */
export function randomValue(schema: Schema, random: () => number): unknown {
  const named = new Map<string, Named>()
  collect(schema, '', named)
  return value(schema, '', named, random)
}

/** A named type and the namespace for names inside it. */
interface Named {
  readonly schema: SchemaObject
  readonly namespace: string
}

function value(schema: Schema, namespace: string, named: ReadonlyMap<string, Named>, random: () => number): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const inside = (inner: Schema, space = namespace) => value(inner, space, named, random)
  if (isUnion(schema)) return inside(pick(schema))
  if (typeof schema !== 'string') {
    const { type, fields, items, values, symbols } = schema
    const space = named.get(nameOf(schema, namespace))?.namespace ?? namespace
    if (fields) return Object.fromEntries(fields.map(field => [field.name, inside(field.type, space)]))
    if (items !== undefined) return Array.from({ length: Math.floor(random() * 4) }, () => inside(items))
    if (values !== undefined) return Object.fromEntries(['captured', 'framing'].map(key => [key, inside(values)]))
    return symbols ? pick(symbols) : inside(type)
  }
  switch (schema) {
    case 'null':
      return null
    case 'boolean':
      return random() < 0.5
    case 'int':
      return Math.floor((random() - 0.5) * 2 ** 32)
    case 'long':
      return pick(LONGS)
    case 'double':
      return random() * 1e9
    case 'bytes':
      return Buffer.from(Array.from({ length: pick([0, 1, 70, 5000]) }, () => Math.floor(random() * 256)))
    case 'string':
      return pick(TEXTS)
    default: {
      const known = named.get(fullName(schema, namespace))
      if (known === undefined) throw new TypeError(`no type ${schema}`)
      return inside(known.schema, known.namespace)
    }
  }
}

function collect(schema: Schema, namespace: string, named: Map<string, Named>): void {
  if (typeof schema === 'string') return
  if (isUnion(schema)) {
    for (const branch of schema) collect(branch, namespace, named)
    return
  }
  const name = nameOf(schema, namespace)
  const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : namespace
  if (name !== '') named.set(name, { schema, namespace: inner })
  for (const { type } of schema.fields ?? []) collect(type, inner, named)
  for (const below of [schema.items, schema.values]) if (below !== undefined) collect(below, inner, named)
  collect(schema.type, inner, named)
}

function nameOf({ name, namespace: own }: SchemaObject, namespace: string): string {
  return name === undefined ? '' : fullName(name, own ?? namespace)
}

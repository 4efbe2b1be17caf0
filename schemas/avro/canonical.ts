/**
 * Parsing Canonical Form of an Avro schema and its CRC-64-AVRO fingerprint (Avro specification 1.12, "Transforming into
 * Parsing Canonical Form" and "Schema Fingerprints"): equal for schemas that read the same bytes.
 */

/** An Avro schema as JSON. */
export type Schema = string | readonly Schema[] | SchemaObject

export interface SchemaObject {
  readonly type: Schema
  readonly name?: string
  readonly namespace?: string
  readonly fields?: readonly Field[]
  readonly symbols?: readonly string[]
  readonly items?: Schema
  readonly values?: Schema
  readonly size?: number
}

export interface Field {
  readonly name: string
  readonly type: Schema
}

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])

/** [PRIMITIVES] [FULLNAMES] [STRIP] [ORDER] [STRINGS] [INTEGERS] [WHITESPACE] */
export function canonicalForm(schema: Schema): string {
  return write(schema, '')
}

function write(schema: Schema, namespace: string): string {
  if (typeof schema === 'string') return JSON.stringify(PRIMITIVES.has(schema) ? schema : fullName(schema, namespace))
  if (isUnion(schema)) return `[${schema.map(branch => write(branch, namespace)).join(',')}]`
  const { type } = schema
  if (typeof type !== 'string') return write(type, namespace)
  if (PRIMITIVES.has(type)) return JSON.stringify(type)
  const parts: string[] = []
  let inner = namespace
  if (schema.name !== undefined) {
    const name = fullName(schema.name, schema.namespace ?? namespace)
    inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
    parts.push(`"name":${JSON.stringify(name)}`)
  }
  parts.push(`"type":${JSON.stringify(type)}`)
  if (schema.fields) {
    const fields = schema.fields.map(
      field => `{"name":${JSON.stringify(field.name)},"type":${write(field.type, inner)}}`,
    )
    parts.push(`"fields":[${fields.join(',')}]`)
  }
  if (schema.symbols) parts.push(`"symbols":[${schema.symbols.map(symbol => JSON.stringify(symbol)).join(',')}]`)
  if (schema.items !== undefined) parts.push(`"items":${write(schema.items, inner)}`)
  if (schema.values !== undefined) parts.push(`"values":${write(schema.values, inner)}`)
  if (schema.size !== undefined) parts.push(`"size":${schema.size}`)
  return `{${parts.join(',')}}`
}

export function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

export function isUnion(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema)
}

const EMPTY = 0xc15d213aa4d7a795n

const TABLE = Array.from({ length: 256 }, (_, i) => {
  let fingerprint = BigInt(i)
  for (let bit = 0; bit < 8; bit++) fingerprint = (fingerprint >> 1n) ^ (EMPTY & -(fingerprint & 1n))
  return BigInt.asUintN(64, fingerprint)
})

/** CRC-64-AVRO (a Rabin fingerprint) of bytes, unsigned. */
export function crc64(bytes: Uint8Array): bigint {
  let fingerprint = EMPTY
  for (const byte of bytes) fingerprint = (fingerprint >> 8n) ^ TABLE[Number((fingerprint ^ BigInt(byte)) & 0xffn)]!
  return fingerprint
}

/** Fingerprint of a schema, as it stands in the header of a single-object encoding (little-endian there). */
export function fingerprintOf(schema: Schema): bigint {
  return crc64(Buffer.from(canonicalForm(schema)))
}

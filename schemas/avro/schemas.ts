/** The schemas in this folder: the current one of every topic, and every version ever published. */
import { existsSync, readFileSync } from 'node:fs'
import type { Schema } from './canonical.ts'

export const SCHEMA_NAMES = ['segments', 'exchange', 'detection', 'anomaly', 'dead', 'position', 'state'] as const
export type SchemaName = (typeof SCHEMA_NAMES)[number]

export function currentSchema(name: SchemaName): Schema {
  return read(`./${name}.avsc`)
}

/** history/<name>/v1.avsc, v2.avsc, … in order; the last one is the current schema. */
export function publishedSchemas(name: SchemaName): readonly Schema[] {
  const versions: Schema[] = []
  const file = () => `./history/${name}/v${versions.length + 1}.avsc`
  while (existsSync(new URL(file(), import.meta.url))) versions.push(read(file()))
  return versions
}

function read(file: string): Schema {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Schema
}

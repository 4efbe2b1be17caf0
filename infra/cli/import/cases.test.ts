/**
 * The table cases.json: for every documented key of the reference product's file a piece of one, and what it gives here.
 * `gives`: our configuration (without the sink for detections, unless it says sinks); `says`: by key, a pattern of what is
 * said about it. Everything else is silent.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { keysOf } from '#schemas/config/explain.ts'
import { checkDocument } from '#schemas/config/load.ts'
import { formatPath } from '#schemas/config/problems.ts'
import { loadComponents } from '../components.ts'
import { schemaFor } from '../config.ts'
import cases from './cases.json' with { type: 'json' }
import { fileSchema } from './file.ts'
import { readConfig } from './index.ts'
import { said } from './render.ts'

interface Case {
  readonly group?: string
  readonly key: string
  readonly title?: string
  readonly file: object
  readonly gives: Readonly<Record<string, unknown>>
  readonly says?: Readonly<Record<string, string>>
}

const schema = schemaFor(await loadComponents())
const table = cases as unknown as readonly Case[]

let group = ''
for (const row of table) {
  if (row.group !== undefined) group = row.group
  else test(`${group}: ${row.key}${row.title === undefined ? '' : `, ${row.title}`}`, () => check(row))
}

function check({ file, gives, says = {} }: Case): void {
  const { document, imported } = readConfig(JSON.stringify(file), 'f.yaml')
  assert.ok(imported)
  const { sinks, ...rest } = imported.value
  assert.deepEqual('sinks' in gives ? { ...rest, sinks: sinks ?? [] } : rest, gives)
  const notes = new Map(imported.notes.map(note => [formatPath(note.path), said(note)]))
  assert.deepEqual([...notes.keys()].sort(), Object.keys(says).sort())
  for (const [key, pattern] of Object.entries(says)) assert.match(notes.get(key)!, new RegExp(pattern))
  checkDocument(document, 'f.yaml', schema)
}

/** `tcp_stream.ignore_ips[].subnets` → `tcp_stream.ignore_ips.subnets`; keys that only hold others are left out. */
const documented = [...new Set([...keysOf(fileSchema(false)), ...keysOf(fileSchema(true))].map(({ path }) => path))]
  .map(path => path.replaceAll('[]', ''))
  .filter((path, _, all) => !all.some(other => other.startsWith(`${path}.`)))

test('every key of the file has a case', () => {
  const keys = new Set(table.map(({ key }) => key))
  assert.deepEqual(
    documented.filter(path => !keys.has(path)),
    [],
  )
})

test('every key of the file stands in the README, and every argument', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const wanted = [...documented, ...table.flatMap(({ key }) => (key?.startsWith('-') ? [key] : []))]
  const missing = wanted.filter(key => !readme.includes(`\`${key}\``))
  assert.deepEqual([...new Set(missing)], [])
})

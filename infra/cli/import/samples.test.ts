/** Whole files: they are valid as they are, and what is printed of them says the same as they do. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkDocument, loadConfig } from '#schemas/config/load.ts'
import { loadComponents } from '../components.ts'
import { readSettings, schemaFor } from '../config.ts'
import cases from './cases.json' with { type: 'json' }
import { readConfig } from './index.ts'
import { renderImport } from './render.ts'

const FOLDER = join(import.meta.dirname, 'testdata')
const components = await loadComponents()
const schema = schemaFor(components)

function assertRoundTrip(text: string): void {
  const { document, imported } = readConfig(text, 'f.yaml')
  assert.ok(imported)
  const printed = renderImport(imported, 'f.yaml')
  assert.equal(readConfig(printed, 'tapwire.yaml').imported, null, 'what is printed is in our form')
  assert.deepEqual(loadConfig(printed, 'tapwire.yaml', schema), checkDocument(document, 'f.yaml', schema))
}

for (const name of readdirSync(FOLDER).filter(file => file.endsWith('.yaml'))) {
  describe(name, () => {
    test('every command takes it as it is', () => {
      const { root, processors } = readSettings(components, name, FOLDER, {
        TAPWIRE_ENVOY_TOKEN: 'a token of this test',
      })
      assert.ok(root.producers.length > 0)
      assert.ok(root.sinks.some(sink => sink.type === 'log'))
      // Worker threads are given what the file says, in our form.
      for (const key of Object.keys(processors)) assert.ok(components.processors.has(key), key)
    })
    test('printed in our form it gives the same settings', () =>
      assertRoundTrip(readFileSync(join(FOLDER, name), 'utf8')))
  })
}

test('every case of the table, printed in our form, gives the same settings', () => {
  for (const row of cases as readonly { readonly file?: object }[])
    if (row.file !== undefined) assertRoundTrip(JSON.stringify(row.file))
})

test('comments say where each part came from', () => {
  const text = readFileSync(join(FOLDER, 'goreplay-vlan.yaml'), 'utf8')
  const printed = renderImport(readConfig(text, 'f.yaml').imported!, 'a\nb.yaml')
  assert.match(printed, /^# Made from a\?b\.yaml by tapwire config import\.$/m)
  assert.match(printed, / {2}# goreplay\.filter\n {2}- type: pcap\n {4}interface: eth0\n {4}filter: vlan 42 and/)
})

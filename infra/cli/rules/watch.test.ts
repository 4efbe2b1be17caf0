import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import { loadComponents } from '../components.ts'
import { readSettings } from '../config.ts'
import type { PartitionReport } from '../run/processing.ts'
import { RuleWatch } from './watch.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-rules-'))
after(() => rmSync(folder, { recursive: true }))

const components = await loadComponents()
const pack = (id: string): string => `
pack: shop
rules:
  - id: ${id}
    attack: infoleak
    severity: low
    why: A rule of this test.
    match: { contains: canary }
`

let written = 0

/** With a time of its own: two writes can fall into one tick of the file system's clock. */
function write(name: string, text: string): void {
  const path = join(folder, name)
  writeFileSync(path, text)
  utimesSync(path, 1_700_000_000 + ++written, 1_700_000_000 + written)
}

/** Names of packs, and ids of their rules, that a configuration holds. */
function held(config: unknown): string[] {
  const { sources } = (
    config as { detect: { rules: { sources: { pack: { pack: string; rules: { id: string }[] } }[] } } }
  ).detect.rules
  return sources.map(({ pack }) => `${pack.pack}: ${pack.rules.map(({ id }) => id).join()}`)
}

test('a changed pack goes to the workers, a broken one stays out and is said with its place', () => {
  write('shop.yaml', pack('infoleak.first'))
  write('tapwire.yaml', 'processors: { detect: { rules: { packs: [], files: [shop.yaml, more] } } }\n')
  assert.throws(
    () => readSettings(components, 'tapwire.yaml', folder, {}),
    /more does not exist: give a YAML file or a folder/,
  )
  write('tapwire.yaml', 'processors: { detect: { rules: { packs: [], files: [shop.yaml] } } }\n')
  const settings = readSettings(components, 'tapwire.yaml', folder, {})
  assert.deepEqual(held(settings.processors), ['shop: infoleak.first'])

  const said: string[] = []
  const reports: PartitionReport[] = []
  const given: string[][] = []
  const watch = new RuleWatch(
    settings,
    { configure: config => void given.push(held(config)), reports: () => reports },
    { info: text => void said.push(text), warn: text => void said.push(text) },
  )
  watch.look()
  assert.deepEqual(given, [], 'nothing has changed')

  write('shop.yaml', pack('infoleak.second'))
  watch.look()
  assert.deepEqual(given.splice(0), [['shop: infoleak.second']])
  assert.match(said.splice(0).join(), /^rules: read again, in force are the packs [0-9a-f]{16}$/)

  write('shop.yaml', pack('infoleak.third').replace('contains', 'regex').replace('canary', "'(canary'"))
  watch.look()
  watch.look()
  assert.deepEqual(given, [])
  assert.match(
    said.splice(0).join(),
    /^rules: the old ones stay in force: shop\.yaml:8:21 rules\[0\]\.match\.regex: no regular expression[^\n]*$/,
  )

  write('shop.yaml', pack('infoleak.fourth'))
  watch.look()
  assert.deepEqual(given.splice(0), [['shop: infoleak.fourth']])
})

test('a rule in quarantine is said once each time it comes to that', () => {
  write('tapwire.yaml', 'processors: { detect: { rules: { packs: [] } } }\n')
  const said: string[] = []
  const counts = new Map<string, number>()
  const report = { counts } as unknown as PartitionReport
  const watch = new RuleWatch(
    readSettings(components, 'tapwire.yaml', folder, {}),
    { configure: () => {}, reports: () => [report, report] },
    { info: () => {}, warn: text => void said.push(text) },
  )
  const name = 'detect.detect.rules.quarantined.sqli.slow'
  for (const n of [0, 1, 1, 2]) {
    counts.set(name, n).set('detect.detect.exchanges', n)
    watch.look()
  }
  assert.equal(said.length, 2)
  assert.match(said[0]!, /^rules: sqli\.slow is over its budget/)
})

test('a pack that comes with Tapwire is named, and a wrong name is helped', () => {
  write('tapwire.yaml', 'processors: { detect: { rules: { packs: [known-exploit] } } }\n')
  assert.throws(
    () => readSettings(components, 'tapwire.yaml', folder, {}),
    (error: unknown) =>
      error instanceof Usage && /no pack "known-exploit" \(did you mean known-exploits\?\)/.test(error.message),
  )
})

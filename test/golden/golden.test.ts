import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadComponents } from '#infra/cli/components.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { captureOf } from '#test/driver/packets.ts'
import { readFile } from '#test/driver/read.ts'
import { CONFIG, EXPECTED, goldenCaptures, INPUT } from './cases.ts'
import { readme } from './make.ts'
import { SCENARIOS } from './scenarios/index.ts'

const UPDATE = process.env['UPDATE'] === '1'
const components = await loadComponents()

for (const { name, folder, processors } of goldenCaptures()) {
  test(`golden ${name}`, async () => {
    const { lines, report } = await readFile(components, folder, INPUT, processors)
    assert.deepEqual(report.errors, [], 'no stage throws')
    assert.equal(Ledger.of(report.ledger).pending, 0, JSON.stringify(report.ledger))
    const file = join(folder, EXPECTED)
    if (UPDATE) writeFileSync(file, lines.map(line => `${line}\n`).join(''))
    const expected = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    assert.deepEqual(
      lines.map(line => JSON.parse(line)),
      expected.map(line => JSON.parse(line)),
    )
    assert.deepEqual(lines, expected, 'the same text')
  })
}

test('the captures are what their scenarios make, and the README lists them all', () => {
  assert.deepEqual(
    goldenCaptures().map(({ name }) => name),
    SCENARIOS.map(({ name }) => name).toSorted(),
  )
  for (const { name, packets, config } of SCENARIOS) {
    const folder = join(import.meta.dirname, name)
    assert.ok(Buffer.from(captureOf(packets())).equals(readFileSync(join(folder, INPUT))), `${name}: run make.ts`)
    assert.equal(
      existsSync(join(folder, CONFIG)) ? readFileSync(join(folder, CONFIG), 'utf8') : undefined,
      config,
      name,
    )
  }
  assert.equal(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'), readme())
})

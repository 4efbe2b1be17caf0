/** Every pack that comes with Tapwire: it can be read, its tests hold, and each rule has some. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { checkPack, compilePack } from './pack.ts'
import { testRule } from './tests.ts'

const FOLDER = new URL('packs/', import.meta.url)

for (const name of readdirSync(FOLDER).filter(file => file.endsWith('.yaml'))) {
  describe(`pack ${name}`, () => {
    const pack = compilePack(checkPack({ name, text: readFileSync(new URL(name, FOLDER), 'utf8') }))

    test('is called as its file', () => assert.equal(`${pack.name}.yaml`, name))

    for (const rule of pack.rules) {
      test(rule.id, () => {
        assert.ok(rule.tests.positive.length > 0, 'it has a positive test')
        assert.ok(rule.id.startsWith(`${rule.attack}.`), 'its id begins with its attack')
        assert.deepEqual(testRule(rule), [])
      })
    }
  })
}

import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readAll } from './read-all.test-support.ts'

const CORPORA = join(import.meta.dirname, '../../../shared/corpora')
const absent = !existsSync(CORPORA) && process.env['CI'] !== 'true'

test('reads all traces of the shared corpora', { skip: absent && '../shared/corpora is not there' }, async () => {
  const paths = globSync('{zeek,sv}/*.pcap', { cwd: CORPORA })
  assert.ok(paths.length > 60, `${paths.length} traces in ../shared/corpora`)
  for (const path of paths) {
    const { error, events, ledger, payload } = await readAll({ path }, { directory: CORPORA })
    assert.equal(error, null, path)
    assert.ok(
      events.some(event => /^\d/.test(event)),
      `${path}: no segments`,
    )
    assert.equal(ledger.pending, payload, path)
    assert.equal(ledger.get('damaged'), 0, path)
  }
})

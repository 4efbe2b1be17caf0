import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { corpus } from '#test/needs.ts'
import { readAll } from './read-all.test-support.ts'

test('reads all traces of the shared corpora', async t => {
  const corpora = corpus(t, '.')
  if (corpora === null) return
  const paths = globSync('{zeek,sv}/*.pcap', { cwd: corpora })
  assert.ok(paths.length > 60, `${paths.length} traces in ../shared/corpora`)
  for (const path of paths) {
    const { error, events, ledger, payload } = await readAll({ path }, { directory: corpora })
    assert.equal(error, null, path)
    assert.ok(
      events.some(event => /^\d/.test(event)),
      `${path}: no segments`,
    )
    assert.equal(ledger.pending, payload, path)
    assert.equal(ledger.get('damaged'), 0, path)
  }
})

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '#test/needs.ts'
import { SetupFailure } from './failure.js'
import { fetchModule } from './go.ts'

test('a module that Go cannot fetch: its reason, and no folder', async t => {
  if (!needs(t, 'go')) return
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-go-'))
  const before = process.env['GOPROXY']
  process.env['GOPROXY'] = 'off'
  t.after(() => {
    rmSync(folder, { recursive: true })
    if (before === undefined) delete process.env['GOPROXY']
    else process.env['GOPROXY'] = before
  })
  await assert.rejects(fetchModule(join(folder, 'module'), 'module.example/none', '1.0.0'), error => {
    assert.ok(error instanceof SetupFailure)
    assert.match(error.message, /^Go could not fetch it: .*GOPROXY/)
    return true
  })
  assert.equal(existsSync(join(folder, 'module')), false)
})

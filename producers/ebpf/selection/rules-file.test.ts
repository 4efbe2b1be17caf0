import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RulesFile } from './rules-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'tapwire-rules-'))
after(() => rm(folder, { recursive: true }))

test('rules are read when they change, and kept when they are wrong', async () => {
  const path = join(folder, 'rules.yaml')
  const file = new RulesFile(path)
  assert.match(String(kept(await file.read())), /cannot be read \(ENOENT\)/)
  assert.equal(await file.read(), null)

  await writeFile(path, 'allNamespaces: true')
  assert.deepEqual(await allNamespaces(file), true)
  assert.equal(await file.read(), null)

  await writeFile(path, 'allNamespaces: perhaps')
  assert.match(String(kept(await file.read())), /rules\.yaml:1:16 allNamespaces: expected true or false/)
  assert.equal(await file.read(), null)

  await writeFile(path, 'allNamespaces: false')
  assert.equal(await allNamespaces(file), false)
  await writeFile(path, ' '.repeat(1024 * 1024 + 1))
  assert.match(String(kept(await file.read())), /longer than/)
  assert.deepEqual(file.stats(), { 'selection.reloads': 2, 'selection.reload-failures': 3 })
})

test('a file that is swapped by a link, as Kubernetes does', async () => {
  await writeFile(join(folder, 'one'), 'allNamespaces: true')
  await writeFile(join(folder, 'two'), 'allNamespaces: false')
  await symlink('one', join(folder, 'current'))
  const file = new RulesFile(join(folder, 'current'))
  assert.equal(await allNamespaces(file), true)
  await symlink('two', join(folder, 'next'))
  await rename(join(folder, 'next'), join(folder, 'current'))
  assert.equal(await allNamespaces(file), false)
})

const kept = (reading: Awaited<ReturnType<RulesFile['read']>>) =>
  reading !== null && 'kept' in reading ? reading.kept : null

async function allNamespaces(file: RulesFile): Promise<boolean | null> {
  const reading = await file.read()
  return reading !== null && 'rules' in reading ? reading.rules.allNamespaces : null
}

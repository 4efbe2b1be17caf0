import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import { News } from './news.ts'
import { selection } from './selection/config.ts'
import type { Rules } from './selection/select.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapwire-news-'))
after(() => rmSync(folder, { recursive: true }))
const given = selection.parse({ allProcesses: true })

test('without a file the rules are those of the configuration, and of pods nothing is known', async () => {
  await using news = await News.open({ selection: given }, folder)
  assert.equal(news.rules.allProcesses, true)
  assert.equal(news.node, null)
  assert.deepEqual(news.locate('/kubepods/pod1'), { pod: 'none', container: null })
  assert.deepEqual(news.stats(), {})
})

test('a file takes their place, and is read again', async () => {
  const path = join(folder, 'rules.yaml')
  writeFileSync(path, 'allProcesses: false\n')
  const told = Promise.withResolvers<Rules>()
  await using news = await News.open({ selection: given, rules: 'rules.yaml' }, folder)
  assert.equal(news.rules.allProcesses, false)
  news.follow({ useRules: told.resolve, refresh: () => told.reject(new Error('no pods')) })
  writeFileSync(path, 'allProcesses: [\n')
  writeFileSync(path, 'allProcesses: true\n')
  assert.equal((await told.promise).allProcesses, true)
  assert.ok((news.stats()['selection.reloads'] ?? 0) >= 2)
})

test('a file that turns wrong is told, and changes nothing', async () => {
  const path = join(folder, 'turns.yaml')
  writeFileSync(path, 'allProcesses: true\n')
  const warned = Promise.withResolvers<string>()
  await using news = await News.open({ selection: given, rules: 'turns.yaml' }, folder, warned.resolve)
  news.follow({ useRules: () => warned.reject(new Error('rules')), refresh: () => warned.reject(new Error('pods')) })
  writeFileSync(path, 'allProcesses: maybe\n')
  assert.match(
    await warned.promise,
    /the rules stay as they were: .*turns\.yaml:1:15 allProcesses: expected true or false/,
  )
})

for (const [what, name, text] of [
  ['is not there', 'none.yaml', null],
  ['is wrong', 'wrong.yaml', 'allProcess: true\n'],
] as const) {
  test(`a file that ${what} is told at the start`, async () => {
    if (text !== null) writeFileSync(join(folder, name), text)
    await assert.rejects(
      News.open({ selection: given, rules: name }, folder),
      (error: unknown) => error instanceof Usage && error.message.includes(name),
    )
  })
}

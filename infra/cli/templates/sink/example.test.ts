import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import type { SinkHost } from '#schemas/contracts/sink.ts'
import { detection } from '#test/driver/records.ts'
import spec from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'tapwire-sink-'))
after(() => rmSync(directory, { recursive: true }))
const host: SinkHost = { directory, stdout: process.stdout }
const linesOf = (path: string): readonly string[] => readFileSync(join(directory, path), 'utf8').split('\n')

test('a line per detection, batch after batch, run after run', async () => {
  for (const batch of [[detection({ id: 'a' }), detection({ id: 'b' })], [], [detection({ id: 'c' })]]) {
    await using sink = await spec.open({ path: 'lines' }, host)
    assert.deepEqual(await sink.write(batch), [], 'nothing is refused')
  }
  const lines = linesOf('lines')
  assert.deepEqual(
    lines.map(line => line.split('\t')[0]),
    ['a', 'b', 'c', ''],
  )
})

test('what a client sends cannot start a line or a column of its own', async () => {
  const path = 'hostile'
  await using sink = await spec.open({ path }, host)
  await sink.write([detection({ host: 'a.test', path: '/\nforged\tline' })])
  const [first, ...rest] = linesOf(path)
  assert.ok(first!.endsWith('"a.test/\\nforged\\tline"'), first)
  assert.deepEqual(rest, [''])
})

test('a file that cannot be opened is said to the user', async () => {
  await assert.rejects(spec.open({ path: 'no/such/folder' }, host), (error: unknown) => {
    assert.ok(error instanceof Usage)
    assert.match(error.message, /^sink example: cannot write to no\/such\/folder \(ENOENT\)/)
    return true
  })
})

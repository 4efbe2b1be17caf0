import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, test } from 'node:test'
import { Report } from '#test/report.ts'

const SAMPLE = `
import { describe, test } from 'node:test'
test('good', () => {})
test('left out', { skip: 'no reason needed' }, () => {})
test('skips itself', t => t.skip('tshark is not installed'))
describe('outer', () => {
  test('good inside', () => {})
  test('bad', async t => { await t.test('innermost', () => { throw new Error('told you') }) })
})
`

async function report(files: Record<string, string>): Promise<{ text: string; report: Report }> {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-report-'))
  try {
    for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source)
    let text = ''
    const report = new Report(folder, more => {
      text += more
    })
    // A runner that finds this variable takes itself for a child and runs nothing; this process has read it already.
    delete process.env['NODE_TEST_CONTEXT']
    for await (const event of run({ files: Object.keys(files).map(name => join(folder, name)), concurrency: 2 }))
      report.event(event)
    report.end()
    return { text, report }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('failures with their place and reason, skips with theirs, then the counts', async () => {
  const { text, report: got } = await report({ 'sample.mjs': SAMPLE })
  assert.deepEqual(got.counts, { passed: 2, failed: 1, skipped: 2 })
  assert.match(text, /^✖ sample\.mjs › outer › bad › innermost\n {4}Error: told you\n {8}at /)
  assert.ok(
    text.endsWith(
      '- skipped: sample.mjs › left out: no reason needed\n' +
        '- skipped: sample.mjs › skips itself: tshark is not installed\n' +
        '2 passed, 1 failed, 2 skipped\n',
    ),
    text,
  )
})

test('tests of files that run at the same time keep their outer names', async () => {
  const slow = (name: string) => `
import { describe, test } from 'node:test'
describe('${name}', () => {
  for (let i = 0; i < 20; i++) test('inner ' + i, { skip: i % 2 === 1 }, () => new Promise(done => setTimeout(done, 5)))
})`
  const { text, report: got } = await report({ 'a.mjs': slow('outer a'), 'b.mjs': slow('outer b') })
  assert.deepEqual(got.counts, { passed: 20, failed: 0, skipped: 20 })
  for (const letter of ['a', 'b']) assert.equal(text.split(`${letter}.mjs › outer ${letter} › inner`).length, 11)
})

test('a file that does not load is a failure', async () => {
  const { text, report: got } = await report({ 'broken.mjs': `throw new Error('at load')` })
  assert.deepEqual(got.counts, { passed: 0, failed: 1, skipped: 0 })
  assert.match(text, /at load/)
})

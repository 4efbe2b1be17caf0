import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { needs } from '#test/needs.ts'
import { compileFilter } from './compile.ts'

const refused = async (expression: string, command?: string): Promise<string> => {
  const error = await compileFilter(expression, command).catch((problem: unknown) => problem)
  assert.ok(error instanceof Error && error.name === 'Usage', String(error))
  assert.doesNotMatch(error.message, /\n/)
  return error.message
}

describe('compiling a filter', () => {
  test('gives a program', async t => {
    if (!needs(t, 'tcpdump')) return
    const { code } = await compileFilter('tcp port 80')
    assert.ok(code.length > 10, `${code.length} instructions`)
  })

  test('what tcpdump says of a wrong one is passed on', async t => {
    if (!needs(t, 'tcpdump')) return
    assert.match(await refused('foo bar'), /^filter "foo bar": .*syntax error/)
    assert.match(await refused('tcp port 99999'), /99999/)
  })

  test('an expression is no option and no shell command', async t => {
    if (!needs(t, 'tcpdump')) return
    assert.match(await refused('-V'), /syntax error/)
    assert.match(await refused('$(id)'), /syntax error/)
  })

  test('loops and what only a kernel knows cannot be run', async t => {
    if (!needs(t, 'tcpdump')) return
    assert.match(await refused('ip protochain 6'), /cannot be run here: instruction \d+: jumps back/)
    assert.match(await refused('inbound'), /cannot be run here: .*kernel/)
  })

  test('without tcpdump it says what to do', async () => {
    assert.match(await refused('tcp', 'no-such-tcpdump'), /install tcpdump \(npm run setup\)/)
  })

  test('a program that prints something else is not believed', async () => {
    assert.match(await refused('tcp', 'echo'), /cannot be run here: it is no program/)
    assert.match(await refused('tcp', 'false'), /Command failed/)
  })
})

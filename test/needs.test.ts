import assert from 'node:assert/strict'
import { afterEach, type TestContext, test } from 'node:test'
import { corpus, needs } from '#test/needs.ts'

const ci = process.env['CI']
afterEach(() => {
  if (ci === undefined) delete process.env['CI']
  else process.env['CI'] = ci
})

/** Only what `needs` uses of a test. */
function stand(): { readonly t: TestContext; readonly skips: string[] } {
  const skips: string[] = []
  return { t: { skip: (why: string) => skips.push(why) } as unknown as TestContext, skips }
}

test('what is there is no reason to skip', () => {
  const { t, skips } = stand()
  assert.equal(needs(t, 'sh'), true)
  assert.deepEqual(skips, [])
})

test('what is missing skips with its name', () => {
  delete process.env['CI']
  const { t, skips } = stand()
  assert.equal(needs(t, 'no-such-program'), false)
  assert.equal(corpus(t, 'no-such-corpus'), null)
  assert.deepEqual(skips, [
    'no-such-program is not installed (npm run setup installs it)',
    'the corpus ../shared/corpora/no-such-corpus is not beside the checkout',
  ])
})

test('in CI it fails', () => {
  process.env['CI'] = 'true'
  const { t, skips } = stand()
  assert.throws(() => needs(t, 'no-such-program'), /missing in CI: no-such-program is not installed/)
  assert.deepEqual(skips, [])
})

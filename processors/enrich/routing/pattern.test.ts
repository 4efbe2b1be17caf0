import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { compileFirst, compilePattern } from './pattern.ts'

const ATOMS = ['a', 'b', '/', '.', '[ab]', '[^a]', 'a*', '(?:ab)+', '/.*/', 'B', '\\.', 'a{2}', '(?i:a)']

test('one automaton for many patterns finds the same as one each', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = mulberry32(seed)
    const some = <T>(from: readonly T[], most: number): T[] =>
      Array.from({ length: 1 + Math.floor(random() * most) }, () => from[Math.floor(random() * from.length)]!)
    const choices = Array.from({ length: 12 }, () => ({
      pattern: `${random() < 0.5 ? '^' : ''}${some(ATOMS, 4).join('')}${random() < 0.5 ? '$' : ''}`,
      ignoreCase: random() < 0.3,
    }))
    const tests = choices.map(({ pattern, ignoreCase }) => compilePattern(pattern, { ignoreCase }))
    const first = compileFirst(choices)
    for (let i = 0; i < 100; i++) {
      const text = `/${some(['a', 'b', 'A', '/', '.', '\n', 'é'], 8).join('')}`
      const expected = tests.findIndex(matches => matches(text))
      assert.equal(first(text), expected, `seed ${seed}: ${JSON.stringify(text)} among ${JSON.stringify(choices)}`)
    }
  }
})

test('few patterns, and none', () => {
  assert.equal(compileFirst([])('a'), -1)
  assert.equal(
    compileFirst([
      { pattern: 'b', ignoreCase: false },
      { pattern: 'A', ignoreCase: true },
    ])('a'),
    1,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { compileGlob, globProblem } from './glob.ts'

const CASES: readonly (readonly [glob: string, text: string, matches: boolean])[] = [
  ['shop.example', 'shop.example', true],
  ['shop.example', 'shopxexample', false],
  ['*.example', 'a.b.example', true],
  ['*.example', 'example', false],
  ['*.example', '.example', true],
  ['*', '', true],
  ['*', 'a/b', false],
  ['a*c', 'abbc', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a?c', 'a/c', false],
  ['api[0-9].example', 'api7.example', true],
  ['api[0-9].example', 'apix.example', false],
  ['api[^0-9].example', 'apix.example', true],
  ['[a-cx]', 'x', true],
  ['[a-cx]', 'd', false],
  ['[\\]]', ']', true],
  ['[\\-a]', '-', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['(a|b)+$', 'a', false],
  ['(a|b)+$', '(a|b)+$', true],
  ['a*', 'a\nb', true],
]

for (const [glob, text, matches] of CASES) {
  test(`${glob} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
    assert.equal(globProblem(glob), null)
    assert.equal(compileGlob(glob)(text), matches)
    assert.equal(twin(glob, text), matches, 'the twin')
  })
}

for (const glob of ['[', 'a[', '[]', '[]a]', '[^]', '[a', '[a-', '[a-]', '[-a]', '[z-a]', '\\', 'a\\', '[\\']) {
  test(`${glob} is no pattern`, () => assert.notEqual(globProblem(glob), null))
}

test('agrees with its twin', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = mulberry32(seed)
    const letters = (from: string, most: number): string =>
      Array.from({ length: Math.floor(random() * most) }, () => from[Math.floor(random() * from.length)]).join('')
    for (let i = 0; i < 200; i++) {
      const glob = letters('ab.*?[]^-\\', 9)
      if (globProblem(glob) !== null) continue
      const text = letters('ab./-', 6)
      assert.equal(compileGlob(glob)(text), twin(glob, text), `seed ${seed}: ${glob} on ${text}`)
    }
  }
})

/** Backtracking, straight from the grammar. */
function twin(glob: string, text: string): boolean {
  if (glob === '') return text === ''
  const [char] = glob
  if (char === '*') {
    if (twin(glob.slice(1), text)) return true
    return text !== '' && text[0] !== '/' && twin(glob, text.slice(1))
  }
  if (text === '') return false
  if (char === '?') return text[0] !== '/' && twin(glob.slice(1), text.slice(1))
  if (char === '\\') return glob[1] === text[0] && twin(glob.slice(2), text.slice(1))
  if (char !== '[') return char === text[0] && twin(glob.slice(1), text.slice(1))
  let at = 1
  const negated = glob[at] === '^'
  if (negated) at++
  const read = (): string => (glob[at] === '\\' ? glob[++at]! : glob[at]!)
  let inside = false
  while (glob[at] !== ']') {
    const low = read()
    at++
    let high = low
    if (glob[at] === '-') {
      at++
      high = read()
      at++
    }
    if (text[0]! >= low && text[0]! <= high) inside = true
  }
  return inside !== negated && twin(glob.slice(at + 1), text.slice(1))
}

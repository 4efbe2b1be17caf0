import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { matchesGlob } from './glob.ts'

/** By the definition: a star takes nothing, or one character and stays. */
function slow(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') return slow(pattern.slice(1), text) || (text !== '' && slow(pattern, text.slice(1)))
  return text[0] === pattern[0] && slow(pattern.slice(1), text.slice(1))
}

test('matches what the definition matches', () => {
  const seed = 20261122
  const random = mulberry32(seed)
  const word = (letters: string, longest: number) =>
    Array.from(
      { length: Math.floor(random() * (longest + 1)) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('')
  let matches = 0
  for (let i = 0; i < 20_000; i++) {
    const [pattern, text] = [word('ab*', 7), word('ab', 8)]
    const found = matchesGlob(pattern, text)
    assert.equal(found, slow(pattern, text), `seed ${seed}: ${pattern} on ${text}`)
    if (found) matches++
  }
  assert.ok(matches > 1000, `only ${matches} matches`)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecoderLimits } from '#schemas/contracts/detector.ts'
import cases from './cases.json' with { type: 'json' }
import decoder from './index.ts'

const LIMITS: DecoderLimits = { nesting: 32, values: 100 }
const POINT = ['query', 'id']

/** What comes out while `budget` lasts. */
function decode(text: string, budget = Number.POSITIVE_INFINITY): readonly string[] {
  const yielded: string[] = []
  decoder.decode(text, POINT, LIMITS, (suffix, piece) => {
    assert.deepEqual(suffix, ['example'])
    return yielded.push(piece) < budget
  })
  return yielded
}

for (const { text, yields } of cases) {
  test(`${JSON.stringify(text)} yields ${JSON.stringify(yields)}`, () => {
    assert.deepEqual(decode(text), yields)
  })
}

test('whatever it decodes, it said that it fits, and one of the needles that wake it is there', () => {
  for (const { text } of cases.filter(({ yields }) => yields.length > 0)) {
    assert.ok(decoder.fits(text), text)
    assert.ok(
      decoder.wakes.literals.some(needle => text.toLowerCase().includes(needle)),
      text,
    )
  }
})

test('it stops when the budget is spent', () => {
  assert.deepEqual(decode("x'41' x'42' x'43'", 2), ['A', 'B'])
})

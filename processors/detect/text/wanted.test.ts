import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyNeedleOf } from './wanted.ts'

test('a needle anywhere, in either case of letters; a blank stands for any white space and for plus signs', () => {
  const holds = anyNeedleOf(['or 1', '${'], [])
  for (const text of ['x OR 1=1', "'or\t1", 'a+or+1', 'a${b', 'for 12 people']) assert.ok(holds(text), text)
  for (const text of ['', 'or', 'or one', '$ {', 'o r 1']) assert.ok(!holds(text), text)
})

test('a word only between characters that are no part of one', () => {
  const holds = anyNeedleOf([], ['union'])
  for (const text of ['union', '(union)', '1 UNION 2', 'una.union@x']) assert.ok(holds(text), text)
  for (const text of ['unions', 'reunion', 'union_1', '']) assert.ok(!holds(text), text)
})

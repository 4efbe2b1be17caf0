import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import cookie from './index.ts'

const values = (text: string) =>
  take(cookie, text, { point: ['header', 'COOKIE'] }).values.filter(([point]) => !point.endsWith('_name'))

test('values as frameworks hand them on', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      'a=1; b=2',
      [
        ['cookie a', '1'],
        ['cookie b', '2'],
      ],
    ],
    [
      'a=%27 or;b=x=y; c',
      [
        ['cookie a', "' or"],
        ['cookie b', 'x=y'],
        ['cookie c', ''],
      ],
    ],
    [
      'a="1"; b="x\\"y"',
      [
        ['cookie a', '1'],
        ['cookie b', 'x"y'],
      ],
    ],
    ['a="\\047 or \\0751"', [['cookie a', "' or =1"]]],
    [
      'a="\\x"; b="',
      [
        ['cookie a', 'x'],
        ['cookie b', '"'],
      ],
    ],
    [
      'a=j:{"b":"c"}; d=j:%5B1%5D; e=j:x',
      [
        ['cookie a', '{"b":"c"}'],
        ['cookie d', '[1]'],
        ['cookie e', 'j:x'],
      ],
    ],
    [
      'a=1; a=2',
      [
        ['cookie a array 0', '1'],
        ['cookie a array 1', '2'],
        ['cookie a pollution', '1,2'],
      ],
    ],
    ['a=1+1', [['cookie a', '1+1']]],
  ]
  for (const [text, found] of cases) assert.deepEqual(values(text), found, text)
})

test('what it takes', () => {
  assert.ok(fits(cookie, 'a=1', { point: ['header', 'COOKIE'] }))
  assert.ok(fits(cookie, 'a=1', { point: ['header', 'COOKIE', 'array', '1'] }))
  assert.ok(!fits(cookie, 'a=1', { point: ['header', 'X-COOKIE'] }))
  assert.ok(!fits(cookie, 'a=1', { point: ['header', 'COOKIE', 'cookie', 'a'] }))
})

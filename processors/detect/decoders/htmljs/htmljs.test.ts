import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import htmljs from './index.ts'

const decoded = (text: string) => (fits(htmljs, text) ? take(htmljs, text).values[0]![1] : null)

function check(table: readonly (readonly [text: string, value: string | null])[]): void {
  for (const [text, value] of table) assert.equal(decoded(text), value, text)
}

describe('escapes of JavaScript', () => {
  test('by number', () =>
    check([
      ['\\u003cscript\\u003E', '<script>'],
      ['\\u{3c}b\\u{00003e}', '<b>'],
      ['\\x3cb\\x3E', '<b>'],
      ['\\74b\\076', '<b>'],
      ['\\U0000003cb', '<b'],
      ['\\ud83d\\ude00', '😀'],
    ]))

  test('the others only beside one of these', () =>
    check([
      ['line\\nbreak "quoted\\" C:\\temp', null],
      ['\\x41\\n\\t\\\\\\"\\\'\\/\\`\\\n\\q', 'A\n\t\\"\'/`\\q'],
    ]))

  test('what is none', () =>
    check([
      ['\\u003', null],
      ['\\u{110000}', null],
      ['\\u{}', null],
      ['\\x4', null],
      ['\\8 \\0 \\1', null],
      ['\\', null],
      ['C:\\users\\xavier\\Documents', null],
    ]))
})

describe('character references', () => {
  test('by number', () =>
    check([
      ['&#60;b&#x3E;', '<b>'],
      ['&#60b&#X3e', '<b&#X3e'.replace('&#X3e', '>')],
      ['&#0000000000000060;', '<'],
      ['&#x1F600;', '😀'],
    ]))

  test('by name', () =>
    check([
      ['&lt;b&gt;', '<b>'],
      ['&ltb&GT', '<b>'],
      ['javascript&colon;alert&lpar;1&rpar;', 'javascript:alert(1)'],
      ['java&Tab;script&NewLine;', 'java\tscript\n'],
      ['&amp;lt;', '&lt;'],
    ]))

  test('what is none', () =>
    check([
      ['a=1&b=2&colon=3&section;', null],
      ['&#;', null],
      ['&#x;', null],
      ['&#1114112;', null],
      ['&# 60;', null],
      ['AT&T', null],
    ]))
})

test('both in one text, once', () => {
  assert.equal(decoded('&#x5c;u003c \\u0026lt;'), '\\u003c &lt;')
})

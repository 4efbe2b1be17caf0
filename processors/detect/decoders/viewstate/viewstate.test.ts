import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, type Given, take } from '../../testdata/decode.ts'
import viewstate from './index.ts'

/** A number in octets of 7 bits. */
const number = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >> 7)])
const text = (value: string) => [...number(Buffer.byteLength(value)), ...Buffer.from(value)]
const string = (value: string) => [5, ...text(value)]
const type = [41, ...text('System.Object')]
const state = (...value: readonly number[]) => Buffer.from([0xff, 1, ...value]).toString('base64')
const values = (...value: readonly number[]) =>
  take(viewstate, state(...value)).values.map(([point, found]) => [point.replace('base64 viewstate', '').trim(), found])

describe('values', () => {
  const cases: readonly (readonly [string, readonly number[], readonly (readonly [string, string])[]])[] = [
    ['text', string('1 or 1=1'), [['', '1 or 1=1']]],
    ['text that can be named again', [30, ...text('a'.repeat(200))], [['', 'a'.repeat(200)]]],
    ['pair', [15, ...string('a'), 100], [['viewstate_pair 0', 'a']]],
    ['triplet', [16, 103, 102, ...string('c')], [['viewstate_triplet 2', 'c']]],
    ['list', [22, 2, 101, ...string('b')], [['viewstate_array 1', 'b']]],
    [
      'array',
      [20, ...type, 1, ...string('b')],
      [
        ['', 'System.Object'],
        ['viewstate_array 0', 'b'],
      ],
    ],
    [
      'strings',
      [21, 2, ...text('a'), ...text('b')],
      [
        ['viewstate_array 0', 'a'],
        ['viewstate_array 1', 'b'],
      ],
    ],
    [
      'hashtable',
      [23, 1, ...string('k'), ...string('v')],
      [
        ['viewstate_dict_key 0', 'k'],
        ['viewstate_dict_value 0', 'v'],
      ],
    ],
    [
      'sparse array',
      [60, ...type, 9, 1, 7, ...string('s')],
      [
        ['', 'System.Object'],
        ['viewstate_sparse_array 7', 's'],
      ],
    ],
    ['formatted', [40, 43, 0, ...text('f')], [['', 'f']]],
    ['binary', [50, 3, 65, 66, 67], [['', 'ABC']]],
    ['nested', [15, 15, ...string('x'), 104, 2, 5], [['viewstate_pair 0 viewstate_pair 0', 'x']]],
    ['numbers', [15, 7, 0, 0, 0, 0, 0, 0, 0, 0, 15, 1, 0, 0, 11, 43, 0, 3], []],
  ]
  for (const [name, bytes, found] of cases) {
    test(name, () => {
      assert.deepEqual(values(...bytes), found)
      assert.equal(take(viewstate, state(...bytes)).outcome, 'whole')
    })
  }
})

test('a signature behind it is passed over, what is broken is looked at as it stands too', () => {
  assert.equal(take(viewstate, state(100, ...Array<number>(20).fill(0xaa))).outcome, 'whole')
  for (const bytes of [[99], [5, 200], [15, 100], [20, 1], [2, 255, 255, 255, 255, 255]]) {
    assert.equal(take(viewstate, state(...bytes)).outcome, 'part', String(bytes))
  }
})

test('nesting and counts are bounded', () => {
  assert.equal(take(viewstate, state(...Array<number>(100).fill(15))).outcome, 'too-deep')
  assert.equal(take(viewstate, state(22, 255, 255, 255, 255, 15, 100)).outcome, 'part')
})

test('what it takes', () => {
  const given: Given = { point: ['post', 'form_urlencoded', '__VIEWSTATE'] }
  assert.ok(fits(viewstate, '/wEPDwUKLTEwNTU5NDY4Mw8WAh4EdGVzdAUBeGRk', given))
  for (const text of ['/web/index.html', '/wEP', '/wEPDwUK.html', 'wEPDwUKLTEwNTU5', '/wAAAAAAAA']) {
    assert.ok(!fits(viewstate, text, given), text)
  }
})

test('nobody is asked again once the budget is spent', () => {
  const bytes = state(21, 5, ...['aa', 'bb', 'cc', 'dd', 'ee'].flatMap(text))
  for (let budget = 1; budget < 5; budget++) assert.equal(take(viewstate, bytes, { budget }).values.length, budget)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import form from './index.ts'

const TYPE = 'application/x-www-form-urlencoded'
const values = (text: string, type = TYPE) =>
  take(form, text, { type })
    .values.filter(([point]) => !point.endsWith('_name'))
    .map(([point, value]) => [point.replace('form_urlencoded ', ''), value])

test('a worked form', () => {
  assert.deepEqual(values('p1=1&p2[a]=2&p2[b]=3&p3[]=4&p3[]=5&p4=6&p4=7'), [
    ['p1', '1'],
    ['p2 hash a', '2'],
    ['p2 hash b', '3'],
    ['p3 array 0', '4'],
    ['p3 array 1', '5'],
    ['p3 pollution', '4,5'],
    ['p4 array 0', '6'],
    ['p4 array 1', '7'],
    ['p4 pollution', '6,7'],
  ])
})

test('escapes, blanks, names without values', () => {
  assert.deepEqual(values('a=%27+or&b=1=2&%63=x&=y&d'), [
    ['a', "' or"],
    ['b', '1=2'],
    ['c', 'x'],
    ['', 'y'],
    ['d', ''],
  ])
})

test('escapes in another charset, beside how they look', () => {
  // id=1'-- in EBCDIC, in UTF-16 and in UTF-7.
  const cases = [
    ['ibm037', '%89%84=%F1%7D%60%60'],
    ['utf-16be', '%00i%00d=%001%00%27%00-%00-'],
    ['utf-7', '%69d=1%2BACc---'],
  ] as const
  for (const [charset, body] of cases) {
    const [first] = values(body, `${TYPE}; charset=${charset}`)
    assert.deepEqual(first, ['charset id', "1'--"], charset)
  }
  assert.ok(!values('a=%27', `${TYPE}; charset=UTF-8`).some(([point]) => point!.startsWith('charset')))
})

test('what it takes', () => {
  assert.ok(fits(form, 'anything', { type: TYPE }))
  assert.ok(fits(form, 'a=1&b=2', { type: 'text/plain' }))
  assert.ok(fits(form, 'a=1'))
  assert.ok(!fits(form, 'a=1', { type: 'application/json' }))
  assert.ok(!fits(form, 'some text', { type: 'text/plain' }))
  for (const text of ['{"a":"b=1&c=2"}', ' [{"a":1}]', '{ }']) assert.ok(!fits(form, text, { type: TYPE }), text)
  assert.ok(fits(form, '{a}=1&[b]=2', { type: TYPE }))
})

test('many fields are told', () => {
  const limits = { nesting: 1, values: 100 }
  assert.ok(form.crowded('a=1&'.repeat(101), limits))
  assert.ok(!form.crowded('a=1&'.repeat(99), limits))
})

test('pairs that come out of base64 are a form, and inspected as they stand', () => {
  const point = ['query', 'q', 'base64']
  assert.ok(fits(form, 'a=1&b=%27', { point }))
  assert.deepEqual(take(form, 'a=1&b=%27', { point }), {
    values: [
      ['form_urlencoded a', '1'],
      ['form_urlencoded b', "'"],
    ],
    noted: [],
    outcome: 'part',
  })
  for (const text of ['a=1', 'a && b', 'a=1\n&b=2']) assert.ok(!fits(form, text, { point }), text)
  assert.ok(!fits(form, 'a=1&b=2', { point: ['query', 'q'] }))
})

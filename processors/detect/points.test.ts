import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerPoints } from './points.ts'
import { exchangeOf } from './testdata/exchange.ts'

const { request } = exchangeOf({
  headers: [
    ['cookie', 'a=1'],
    ['Cookie', 'b=2'],
  ],
})

test('a header that comes twice is an array, and polluted', () => {
  assert.deepEqual(headerPoints(request, 1), [
    { point: ['header', 'COOKIE', 'array', '1'], text: 'b=2' },
    { point: ['header', 'COOKIE', 'pollution'], text: 'a=1,b=2' },
  ])
})

test('cookies of HTTP/2, each in a field of its own, are one header (RFC 9113 §8.2.3)', () => {
  assert.deepEqual(headerPoints({ ...request, version: '2' }, 1), [{ point: ['header', 'COOKIE'], text: 'b=2' }])
})

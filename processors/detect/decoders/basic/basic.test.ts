import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import basic from './index.ts'

const point = ['header', 'AUTHORIZATION', 'base64']

test('user and password, which may hold colons', () => {
  assert.ok(fits(basic, 'user:pass:word', { point }))
  assert.deepEqual(take(basic, 'user:pass:word', { point }).values, [
    ['basic user', 'user'],
    ['basic password', 'pass:word'],
  ])
})

test('asks no more once the budget is spent', () => {
  assert.equal(take(basic, 'user:password', { point, budget: 1 }).values.length, 1)
})

test('nothing else is one', () => {
  assert.ok(!fits(basic, 'user', { point }))
  assert.ok(!fits(basic, 'user:password', { point: ['header', 'AUTHORIZATION'] }))
  assert.ok(!fits(basic, 'user:password', { point: ['header', 'X-DATA', 'base64'] }))
})

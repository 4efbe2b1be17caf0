import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import jwt from './index.ts'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const HEADER = part({ alg: 'HS256', typ: 'JWT' })
const PAYLOAD = part({ sub: '1' })

test('prefix, header and payload', () => {
  assert.deepEqual(take(jwt, `Bearer ${HEADER}.${PAYLOAD}.c2ln`).values, [
    ['jwt jwt_prefix', 'Bearer'],
    ['jwt jwt_header', HEADER],
    ['jwt jwt_payload', PAYLOAD],
  ])
  assert.deepEqual(take(jwt, `${HEADER}.${PAYLOAD}.`).values, [
    ['jwt jwt_header', HEADER],
    ['jwt jwt_payload', PAYLOAD],
  ])
})

test('of an encrypted token the middle parts are one', () => {
  assert.deepEqual(take(jwt, `${HEADER}.a.b.c.d`).values[1], ['jwt jwt_payload', 'a.b.c'])
})

test('what it is and what not', () => {
  for (const text of [`${HEADER}.${PAYLOAD}.`, `mobapp2\t${HEADER}.${PAYLOAD}.c2ln`, `${HEADER}..c2ln`]) {
    assert.ok(fits(jwt, text), text)
  }
  const none = [
    HEADER,
    `${HEADER}.${PAYLOAD}`,
    `Basic ${HEADER}.${PAYLOAD}.c2ln`,
    `Bearer  `,
    `${HEADER}.${PAYLOAD}.c2ln and more`,
    'www.example.com',
    'example.shop.com',
    'e.g. this',
  ]
  for (const text of none) assert.ok(!fits(jwt, text), text)
})

test('asks no more once the budget is spent', () => {
  assert.equal(take(jwt, `Bearer ${HEADER}.${PAYLOAD}.c2ln`, { budget: 1 }).values.length, 1)
  assert.equal(take(jwt, `Bearer ${HEADER}.${PAYLOAD}.c2ln`, { budget: 2 }).values.length, 2)
})

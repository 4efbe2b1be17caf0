import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import percent from './index.ts'

const readings = (text: string, point: readonly string[] = ['query', 'q']) =>
  fits(percent, text, { point }) ? take(percent, text, { point }).values.map(([, value]) => value) : []

test('escapes once, as UTF-8', () => {
  assert.deepEqual(readings('%3cscript%3E %C3%BC'), ['<script> ü'])
  assert.deepEqual(readings('%253c'), ['%3c'])
})

test('%u, with the best fit of full-width forms', () => {
  assert.deepEqual(readings('%u003c%uff1e%U00fc'), ['<>ü'])
})

test('overlong forms, and bytes that are no UTF-8 beside them', () => {
  assert.deepEqual(readings('%c0%ae%c0%ae%c0%af'), ['../'])
  assert.deepEqual(readings('%e0%80%ae%f0%80%80%af'), ['./'])
  assert.deepEqual(readings('%e9%c0%ae%ff'), ['é.ÿ'])
  assert.deepEqual(readings('%e9t%e9'), ['été'])
})

describe('what begins no escape', () => {
  test('stays', () => assert.deepEqual(readings('100%25 %zz %'), ['100% %zz %']))

  test('is left out between letters, in another reading', () => {
    assert.deepEqual(readings('un%ion s%elect'), ['union select'])
    assert.deepEqual(readings('un%ion%20s%elect'), ['un%ion s%elect', 'union select'])
  })

  test('is nothing elsewhere', () => {
    for (const text of ['100%', '50 % off', 'a=%&b', '5%-10%']) assert.deepEqual(readings(text), [], text)
  })
})

test('a plus sign is a space in the path, and nowhere else', () => {
  assert.deepEqual(readings('a+b', ['path', '0']), ['a b'])
  assert.deepEqual(readings('a+%62', ['uri']), ['a b'])
  assert.deepEqual(readings('a+b'), [])
  assert.deepEqual(readings('a+%62'), ['a+b'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import hex from './index.ts'

const encoded = (text: string) => Buffer.from(text).toString('hex')
const values = (text: string) => (fits(hex, text) ? take(hex, text).values : [])

test('a whole value, with and without a prefix, in either case', () => {
  const digits = encoded('<script>ü')
  for (const text of [digits, digits.toUpperCase(), `0x${digits}`, `0X${digits}`]) {
    assert.deepEqual(values(text), [['hex', '<script>ü']], text)
  }
})

test('tokens in a longer text', () => {
  assert.deepEqual(values(`select unhex('${encoded('/etc/passwd')}'), 0x${encoded('root@localhost')}`), [
    ['hex array 0', '/etc/passwd'],
    ['hex array 1', 'root@localhost'],
  ])
})

test('numbers, hashes and identifiers are none', () => {
  const texts = [
    '1732212345678',
    '20241231235959',
    '+4915123456789',
    'd41d8cd98f00b204e9800998ecf8427e',
    'b6a9ad2c-7e82-4081-9136-f5a18182a9ed',
    '507f1f77bcf86cd799439011',
    '3c73637269707',
    '5337705567272347',
    '2d2d3e236d',
    'deadbeefdeadbeef',
  ]
  for (const text of texts) assert.deepEqual(values(text), [], text)
})

test('letters behind it that are no digits, an odd digit, and bytes that are no text', () => {
  for (const tail of ['zz', '7', '01', 'ff']) assert.deepEqual(values(`${encoded('/etc/passwd')}${tail}`), [], tail)
})

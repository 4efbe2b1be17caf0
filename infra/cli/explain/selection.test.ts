import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import { betweenEnds, parseSelection } from './selection.ts'

const A = { ip: '10.0.0.1', port: 40_000 }
const B = { ip: '::1', port: 80 }
const ID = '0123456789abcdef01234567'

test('what can be named', () => {
  assert.deepEqual(parseSelection('7'), { kind: 'packet', packet: 7 })
  assert.deepEqual(parseSelection('10.0.0.1:40000'), { kind: 'ends', ends: [A] })
  assert.deepEqual(parseSelection('10.0.0.1:40000-[::1]:80'), { kind: 'ends', ends: [A, B] })
  assert.deepEqual(parseSelection(ID), { kind: 'connection', id: ID })
  assert.deepEqual(parseSelection(`${ID}-12`), { kind: 'connection', id: ID })
})

test('what cannot', () => {
  const wrong = [
    '',
    '0',
    '-1',
    '1.5',
    '10.0.0.1',
    '10.0.0:80',
    '::1:80',
    '10.0.0.1:99999',
    '10.0.0.1:1-10.0.0.2:2-',
    ID.slice(1),
  ]
  for (const text of wrong) assert.throws(() => parseSelection(text), Usage, text)
})

test('ends in either order; one end stands for all its flows', () => {
  const flow = { a: A, b: B }
  assert.ok(betweenEnds([A], flow))
  assert.ok(betweenEnds([B, A], flow))
  assert.ok(!betweenEnds([A, { ...B, port: 81 }], flow))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Complaint } from './complaint.ts'

test('what lasts is told once, and its end; what is over at once is not', () => {
  const complaint = new Complaint('it is over')
  const said = [
    complaint.check('a', 0),
    complaint.check(null, 5000),
    complaint.check('b', 6000),
    complaint.check('c', 15_999),
    complaint.check('d', 16_000),
    complaint.check('e', 90_000),
    complaint.check(null, 91_000),
    complaint.check(null, 92_000),
    complaint.check('f', 93_000),
    complaint.check('f', 103_000),
  ]
  assert.deepEqual(said, [null, null, null, null, 'd', null, 'it is over', null, null, 'f'])
})

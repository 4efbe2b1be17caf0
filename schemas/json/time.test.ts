import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoTime } from '#schemas/json/time.ts'

const CASES: readonly (readonly [number, string])[] = [
  [0, '1970-01-01T00:00:00.000000Z'],
  [1, '1970-01-01T00:00:00.000001Z'],
  [999_999, '1970-01-01T00:00:00.999999Z'],
  [1_000_000, '1970-01-01T00:00:01.000000Z'],
  [1_795_253_435_043_374, '2026-11-21T09:30:35.043374Z'],
  [1_709_164_800_000_000, '2024-02-29T00:00:00.000000Z'],
  [1.5, '1970-01-01T00:00:00.000001Z'],
  [-1, '1970-01-01T00:00:00.000000Z'],
  [Number.NaN, '1970-01-01T00:00:00.000000Z'],
  [253_402_300_799_000_000, '9999-12-31T23:59:59.000000Z'],
  [253_402_300_800_000_000, '9999-12-31T23:59:59.999999Z'],
  [Number.POSITIVE_INFINITY, '9999-12-31T23:59:59.999999Z'],
]

for (const [time, text] of CASES) test(`${time} µs is ${text}`, () => assert.equal(isoTime(time), text))

test('going back a second forgets the one in between', () => {
  assert.equal(isoTime(2_000_001), '1970-01-01T00:00:02.000001Z')
  assert.equal(isoTime(1_000_002), '1970-01-01T00:00:01.000002Z')
  assert.equal(isoTime(2_000_003), '1970-01-01T00:00:02.000003Z')
})

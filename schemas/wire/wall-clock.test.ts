import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WallClock } from './wall-clock.ts'

test('microseconds of the steady clock, until the wall clock was moved', () => {
  let steady = 5
  let wall = 1_000_000
  const clock = new WallClock(
    () => steady,
    () => wall,
  )
  assert.equal(clock.now(), 1_000_000_000)
  steady += 1.0015
  wall += 1
  clock.follow()
  assert.equal(clock.now(), 1_000_001_001, 'a part of a millisecond is no reason to go back')
  steady += 1
  wall += 3_600_000
  assert.equal(clock.now(), 1_000_002_001)
  clock.follow()
  assert.equal(clock.now(), 4_600_001_000)
})

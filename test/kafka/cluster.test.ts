import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokers } from './brokers.ts'

test('the brokers of a run', async t => {
  const first = await brokers(t)
  if (first === null) return
  const second = await brokers(t)
  assert.deepEqual(second?.bootstrap, first.bootstrap)
})

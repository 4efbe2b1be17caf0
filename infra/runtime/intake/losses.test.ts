import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roundAt } from './live.test-support.ts'
import { Losses } from './losses.ts'
import { sizeOf } from './round.ts'

test('what a source could not understand goes with its round, also when that carries what was dropped before', () => {
  const rejected = [{ reason: 'message-malformed', message: 'no map', time: 1, value: new Uint8Array(5000) }]
  const losses = new Losses()
  losses.add(roundAt(1, 9))
  const round = { ...roundAt(2, 9), rejected }
  const whole = losses.onto(round)
  assert.deepEqual(whole.rejected, rejected)
  assert.equal(whole.position, 2)
  assert.ok(whole.batches.every(({ batch }) => batch.ledger.dropped === 1000))
  assert.ok(sizeOf(round) >= sizeOf(roundAt(2, 9)) + 5000, 'and it takes room in the queue')
})

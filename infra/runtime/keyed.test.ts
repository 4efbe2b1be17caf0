import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, KeyedState } from './keyed.ts'
import { Timers } from './timers.ts'

const fresh = () => new KeyedState<string>(0, new Timers<Entry<unknown>>())

test('entries that came and went between checkpoints are not kept until the next one', () => {
  const state = fresh()
  state.open(0, 'stays')
  for (let key = 1; key <= 100_000; key++) state.drop(state.open(key, 'gone'))
  assert.ok(state.remembered < 10_000, `${state.remembered} of 100,001 entries kept, one of them lives`)
  assert.deepEqual(
    state.changes().put.map(({ value }) => value),
    ['stays'],
  )
})

test('what a checkpoint has is tombstoned, however much came and went meanwhile', () => {
  const state = fresh()
  const cell = state.open(1, 'old')
  state.stored()
  state.touch(cell)
  state.drop(cell)
  for (let key = 2; key <= 10_000; key++) state.drop(state.open(key, 'gone'))
  assert.deepEqual(state.changes().drop, [1])
  state.open(1, 'new')
  const { put, drop } = state.changes()
  assert.deepEqual([put.map(({ value }) => value), drop], [['new'], []])
})

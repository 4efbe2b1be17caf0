import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Retention } from './retention.ts'

function log(): {
  calls: number
  stored: number
  fail: boolean
  readonly retained: ConstructorParameters<typeof Retention>[0]
} {
  const state = {
    calls: 0,
    stored: 0,
    fail: false,
    retained: {
      maxBytes: 1000,
      embedded: {
        enforceRetention: async () => {
          state.calls++
          if (state.fail) throw new Error('disk gone')
          return { records: 0, bytes: 0 }
        },
        stats: () => ({ 'stored.bytes': state.stored }),
      },
    },
  }
  return state
}

test('retention: at the start, every minute, and every time when the log is getting full', async () => {
  let now = 5
  const state = log()
  const retention = new Retention(state.retained, () => now, assert.ifError)
  await retention.tick()
  assert.equal(state.calls, 1, 'at the start')
  now += 59_999
  await retention.tick()
  assert.equal(state.calls, 1)
  now += 1
  await retention.tick()
  assert.equal(state.calls, 2, 'after a minute')
  state.stored = 750
  await retention.tick()
  await retention.tick()
  assert.equal(state.calls, 4, 'crowded')
})

test('a failure is told and tried again later', async () => {
  let now = 0
  const told: unknown[] = []
  const state = log()
  state.fail = true
  const retention = new Retention(
    state.retained,
    () => now,
    error => told.push(error),
  )
  await retention.tick()
  now += 60_000
  await retention.tick()
  await retention.idle()
  assert.deepEqual(told.map(String), ['Error: disk gone', 'Error: disk gone'])
})

test('the memory log deletes nothing', async () => {
  await new Retention({ embedded: null, maxBytes: 1 }, () => 0, assert.ifError).tick()
})

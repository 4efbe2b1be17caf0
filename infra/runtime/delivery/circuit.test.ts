import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Retryable } from '#schemas/contracts/errors.ts'
import { Circuit } from './circuit.ts'

const OPTIONS = { firstMs: 100, maxMs: 1000, perMinute: 60, opens: 3, random: () => 1 - Number.EPSILON }
const away = new Retryable('away', 'no connection')

/** Fails at `now` and says how long to wait then. */
function fail(circuit: Circuit, now: number, error = away): number {
  circuit.begin(now)
  circuit.failed(error, now)
  return Math.round(circuit.waitMs(now))
}

test('waits twice as long from failure to failure, up to the most, and not at all after a success', () => {
  const circuit = new Circuit({ ...OPTIONS, opens: 100 })
  let now = 0
  const waits = Array.from({ length: 6 }, () => {
    const wait = fail(circuit, now)
    now += wait
    return wait
  })
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000])
  circuit.begin(now)
  circuit.succeeded()
  assert.equal(circuit.waitMs(now), 0)
  assert.equal(fail(circuit, now), 100)
})

test('jitter is half of it at most', () => {
  const circuit = new Circuit({ ...OPTIONS, random: () => 0 })
  assert.equal(fail(circuit, 0), 50)
})

test('does what the other side asks for', () => {
  const circuit = new Circuit(OPTIONS)
  assert.equal(fail(circuit, 0, new Retryable('throttled', '429', { retryAfter: 30_000 })), 30_000)
})

test('opens after failures in a row: one try at a time, until one succeeds', () => {
  const circuit = new Circuit(OPTIONS)
  circuit.begin(0)
  circuit.begin(0)
  circuit.begin(0)
  assert.deepEqual(
    [1, 2, 3].map(() => circuit.failed(away, 0)),
    [false, false, true],
  )
  const now = circuit.waitMs(0)
  assert.equal(circuit.waitMs(now), 0)
  circuit.begin(now)
  assert.equal(circuit.waitMs(now + 1e6), Number.POSITIVE_INFINITY)
  assert.equal(circuit.failed(away, now), false)
  const later = now + circuit.waitMs(now)
  circuit.begin(later)
  assert.equal(circuit.succeeded(), true)
  assert.equal(circuit.open, false)
})

test('a try that was given up says nothing', () => {
  const circuit = new Circuit(OPTIONS)
  circuit.begin(0)
  assert.equal(circuit.failed(null, 0), false)
  assert.equal(circuit.waitMs(0), 0)
  assert.equal(circuit.failures, 0)
})

test('tries after failures are as many a minute as the budget has, whatever the back-off says', () => {
  const circuit = new Circuit({ ...OPTIONS, firstMs: 1, maxMs: 1, perMinute: 10 })
  let now = 0
  let tries = 0
  for (; now < 600_000; tries++) now += Math.max(1, fail(circuit, now))
  assert.ok(tries > 90 && tries <= 112, String(tries))
  assert.ok(circuit.exhausted > 0)
})

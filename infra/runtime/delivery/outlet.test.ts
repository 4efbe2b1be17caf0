import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeliveryConfig, delivery } from '#schemas/config/delivery.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { RefusedRecord } from '#schemas/contracts/sink.ts'
import { SimulatedClock } from '#test/driver/clock.ts'
import { Outlet } from './outlet.ts'

type Write = (batch: readonly string[], signal: AbortSignal) => Promise<readonly RefusedRecord[]>

function outletOf(write: Write, config: Partial<DeliveryConfig> = {}) {
  const clock = new SimulatedClock()
  const said: string[] = []
  const sink = { write, [Symbol.asyncDispose]: async () => {} }
  const events = {
    retry: (error: Retryable, failures: number) => void said.push(`${error.reason} ${failures}`),
    circuit: (state: string) => void said.push(state),
  }
  return { outlet: new Outlet(sink, { ...delivery.parse(undefined), ...config }, events, clock), clock, said }
}

const never = new AbortController().signal

test('so many at once as concurrency says', async () => {
  let [writing, most] = [0, 0]
  const { outlet } = outletOf(
    async () => {
      most = Math.max(most, ++writing)
      await Promise.resolve()
      writing--
      return []
    },
    { concurrency: 3 },
  )
  await Promise.all(Array.from({ length: 20 }, () => outlet.write(['a'], never)))
  assert.equal(most, 3)
})

test('a write without an answer ends after the time that it has, also when it does not listen', async () => {
  const { outlet, clock } = outletOf(() => new Promise(() => {}), { timeoutMs: 5000 })
  await assert.rejects(
    outlet.write(['a'], never),
    (error: unknown) => error instanceof Retryable && error.reason === 'timeout' && error.answered,
  )
  assert.equal(clock.now(), 5000)
  assert.equal(outlet.timeouts, 1)
})

test('a stop ends a write that hangs, and those that wait for their turn', async () => {
  const stop = new AbortController()
  const { outlet } = outletOf(() => new Promise(() => {}), { concurrency: 1, timeoutMs: Number.MAX_SAFE_INTEGER })
  const writes = [1, 2, 3].map(() => outlet.write(['a'], stop.signal))
  stop.abort()
  for (const end of await Promise.allSettled(writes)) assert.match(String('reason' in end && end.reason), /stopped/)
})

test('after failures in a row one at a time asks, and the others wait for what it hears', async () => {
  let there = false
  let [writing, most] = [0, 0]
  const { outlet, clock, said } = outletOf(
    async () => {
      most = Math.max(most, ++writing)
      await Promise.resolve()
      writing--
      if (!there) throw new Retryable('away', 'no connection')
      return []
    },
    { concurrency: 10, circuit: 3 },
  )
  const tries = await Promise.allSettled([1, 2, 3].map(() => outlet.write(['a'], never)))
  assert.ok(tries.every(({ status }) => status === 'rejected'))
  assert.equal(most, 3)
  assert.equal(outlet.levels['open'], 1)
  most = 0
  there = true
  await Promise.all(Array.from({ length: 10 }, () => outlet.write(['a'], never)))
  assert.ok(clock.now() > 0)
  assert.deepEqual(said, ['away 1', 'away 2', 'away 3', 'open', 'closed'])
  assert.equal(outlet.levels['open'], 0)
})

test('an hour away: a bounded number of tries, then it is delivered', async () => {
  let tries = 0
  const { outlet, clock } = outletOf(async () => {
    tries++
    if (clock.now() < 3_600_000) throw new Retryable('away', 'no connection')
    return []
  })
  const deliver = async (): Promise<void> => {
    for (;;) {
      try {
        await outlet.write(['a'], never)
        return
      } catch (error) {
        assert.ok(error instanceof Retryable)
      }
    }
  }
  await Promise.all([deliver(), deliver(), deliver()])
  assert.ok(tries > 60 && tries < 150, String(tries))
  assert.ok(clock.now() < 3_600_000 + 120_000, String(clock.now()))
})

test('an error that is no Retryable is a fault of the sink: it is thrown on and counts as no failure', async () => {
  const { outlet, said } = outletOf(async () => {
    throw new TypeError('bug')
  })
  await assert.rejects(outlet.write(['a'], never), TypeError)
  assert.deepEqual(said, [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fenced, Refused, Retryable } from '#schemas/contracts/errors.ts'
import { retry } from './retry.ts'
import { supervise } from './supervise.ts'

const never = new AbortController().signal

test('retries what is retryable, waiting longer each time, up to the maximum', async () => {
  const waits: number[] = []
  let calls = 0
  const result = await retry(
    async () => {
      if (++calls < 8) throw new Retryable('busy', 'not now')
      return 'done'
    },
    never,
    { firstMs: 100, maxMs: 1000, sleep: async ms => void waits.push(ms) },
  )
  assert.equal(result, 'done')
  assert.equal(waits.length, 7)
  for (const [i, wait] of waits.entries()) {
    const full = Math.min(1000, 100 * 2 ** i)
    assert.ok(wait >= full / 2 && wait <= full, `wait ${i} is ${wait}`)
  }
})

test('waits as long as the other side asked', async () => {
  const waits: number[] = []
  let calls = 0
  const call = async (): Promise<void> => {
    if (++calls === 1) throw new Retryable('throttled', '429', { retryAfter: 7000 })
  }
  await retry(call, never, { firstMs: 1, maxMs: 10, sleep: async ms => void waits.push(ms) })
  assert.deepEqual(waits, [7000])
})

test('throws on what will never work, and when aborted', async () => {
  const options = { firstMs: 1, maxMs: 1, sleep: async () => {} }
  await assert.rejects(
    retry(() => Promise.reject(new Refused('no', 'never')), never, options),
    Refused,
  )
  const stop = new AbortController()
  const sleep = async (): Promise<void> => stop.abort()
  await assert.rejects(
    retry(() => Promise.reject(new Retryable('busy', 'x')), stop.signal, { ...options, sleep }),
    Retryable,
  )
})

test('a supervisor starts crashed work again, and gives up when it crashes too often in its window', async () => {
  let now = 0
  let runs = 0
  const crashed: number[] = []
  const options = {
    crashes: 2,
    windowMs: 1000,
    waitMs: 1,
    clock: () => now,
    sleep: async () => {},
    onCrash: (_: unknown, n: number) => void crashed.push(n),
  }
  const work = async (): Promise<void> => {
    now += 600
    if (++runs < 6) throw new Error(`crash ${runs}`)
  }
  await supervise(work, never, options)
  assert.deepEqual(crashed, [1, 2, 2, 2, 2], 'crashes 600 ms apart are never more than two a second')

  runs = -100
  const hasty = async (): Promise<void> => {
    now += 100
    runs++
    throw new Error('again')
  }
  await assert.rejects(supervise(hasty, never, options), /again/)
  assert.equal(runs, -97)
})

test('losing ownership is no crash', async () => {
  let crashes = 0
  const options = { crashes: 0, windowMs: 1, waitMs: 1, clock: () => 0, onCrash: () => void crashes++ }
  await supervise(() => Promise.reject(new Fenced('gone')), never, options)
  assert.equal(crashes, 0)
})

test('what is away is waited for, however often: that is no crash', async () => {
  let tries = 0
  const waits: number[] = []
  const work = async (): Promise<void> => {
    if (++tries <= 50) throw new Retryable('away', 'not there', tries === 2 ? { retryAfter: 7000 } : {})
  }
  const options = {
    crashes: 0,
    windowMs: 1000,
    waitMs: 5,
    clock: () => 0,
    onCrash: () => {},
    sleep: async (ms: number) => void waits.push(ms),
  }
  await supervise(work, never, options)
  assert.equal(tries, 51)
  assert.deepEqual(waits.slice(0, 3), [5, 7000, 5])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Lease } from '#schemas/contracts/bus.ts'
import { Fenced } from '#schemas/contracts/errors.ts'
import { bench, eventually, hold, type OpenedBus, poll, raw, text, unit } from '#test/suites/bus/harness.ts'

/** For a lease that is given back: a log may want to close what it had for it. No outcome depends on it. */
const TIDY_MS = 100

export function membershipLaws(open: () => Promise<OpenedBus>): void {
  test('one member is given every partition', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic({ partitions: 3 })
    const name = group()
    const held = await hold(bus, name, input, 3)
    assert.deepEqual(
      held.leases.map(l => [l.group, l.topic, l.partition]),
      [0, 1, 2].map(p => [name, input, p]),
    )
    await held[Symbol.asyncDispose]()
    await held.membership.done
    await close()
  })

  test('static members share the partitions by number', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic({ partitions: 5 })
    const name = group()
    const even = await hold(bus, name, input, 3, { member: { index: 0, of: 2 } })
    const odd = await hold(bus, name, input, 2, { member: { index: 1, of: 2 } })
    assert.deepEqual(
      even.leases.map(l => l.partition),
      [0, 2, 4],
    )
    assert.deepEqual(
      odd.leases.map(l => l.partition),
      [1, 3],
    )
    assert.ok(even.leases.every(l => !l.signal.aborted))
    await bus.append([raw(input, null, 'a', 3)])
    assert.deepEqual(
      (await poll(odd.leases[1]!)).records.map(r => text(r.value)),
      ['a'],
    )
    await even[Symbol.asyncDispose]()
    await odd[Symbol.asyncDispose]()
    await close()
  })

  test('joining twice leaves one owner per partition', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic({ partitions: 2 })
    const name = group()
    await bus.append([raw(input, null, 'a', 0), raw(input, null, 'b', 1)])
    const committed: number[] = []
    const work = async (lease: Lease): Promise<void> => {
      while (!lease.signal.aborted) {
        const batch = await lease.poll(1 << 20)
        if (batch === null) continue
        await lease.commit(unit(batch.next))
        committed.push(lease.partition)
      }
    }
    const first = await bus.join(name, input, work)
    const second = await bus.join(name, input, work)
    await eventually('both partitions committed', () => (new Set(committed).size === 2 ? true : undefined))
    assert.equal(committed.length, 2, 'a record was committed by two owners')
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
    await Promise.all([first.done, second.done])
    await close()
  })

  test('leaving aborts the signal and waits for the runs', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic()
    let ended = false
    let started: Lease | undefined
    const membership = await bus.join(group(), input, async lease => {
      started = lease
      while (!lease.signal.aborted) await lease.poll(100)
      await new Promise(resolve => setImmediate(resolve))
      ended = true
    })
    const lease = await eventually('the run to start', () => started)
    await membership[Symbol.asyncDispose]()
    assert.ok(ended)
    assert.ok(lease.signal.aborted)
    await assert.rejects(lease.commit(unit(0)), Fenced)
    assert.equal(await lease.poll(100, 0), null)
    await close()
  })

  test('done resolves when every run returned', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic({ partitions: 2 })
    const ran: number[] = []
    const membership = await bus.join(group(), input, async lease => {
      ran.push(lease.partition)
    })
    await membership.done
    assert.deepEqual(ran.sort(), [0, 1])
    await membership[Symbol.asyncDispose]()
    await close()
  })

  test('done rejects with what a run threw, also when another run had returned', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic({ partitions: 2 })
    const returned = Promise.withResolvers<void>()
    const membership = await bus.join(group(), input, async ({ partition }) => {
      if (partition === 0) return returned.resolve()
      await returned.promise
      await delay(TIDY_MS)
      throw new Error('a bug in the task')
    })
    await assert.rejects(membership.done, /a bug in the task/)
    await membership[Symbol.asyncDispose]()
    await close()
  })

  test('done rejects with what a run threw', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic()
    const membership = await bus.join(group(), input, async () => {
      throw new Error('a bug in the task')
    })
    await assert.rejects(membership.done, /a bug in the task/)
    await membership[Symbol.asyncDispose]()
    await close()
  })

  test('poll gives null when nothing comes, and wakes up for a record', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic()
    const held = await hold(bus, group(), input, 1)
    const lease = held.leases[0]!
    assert.equal(await lease.poll(1 << 20, 0), null)
    assert.equal(await lease.poll(1 << 20, 10), null)
    const waiting = poll(lease)
    await bus.append([raw(input, null, 'late')])
    assert.deepEqual(
      (await waiting).records.map(r => text(r.value)),
      ['late'],
    )
    await held[Symbol.asyncDispose]()
    await close()
  })

  test('leaving ends a poll that waits', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic()
    const held = await hold(bus, group(), input, 1)
    const waiting = held.leases[0]!.poll(1 << 20, 3_600_000)
    await held[Symbol.asyncDispose]()
    assert.equal(await waiting, null)
    await close()
  })

  test('poll keeps near its byte limit and gives at least one record', async () => {
    const { bus, topic, group, close } = bench(await open())
    const input = await topic()
    const value = 'x'.repeat(10_000)
    for (let i = 0; i < 4; i++) await bus.append(Array.from({ length: 5 }, () => raw(input, null, value)))
    const held = await hold(bus, group(), input, 1)
    const lease = held.leases[0]!
    const one = await poll(lease, 1)
    assert.ok(one.records.length >= 1)
    const some = await poll(lease, 25_000)
    assert.ok(some.bytes <= 25_000 + 10_000, `${some.bytes} bytes`)
    let seen = one.records.length + some.records.length
    while (seen < 20) seen += (await poll(lease, 1 << 20)).records.length
    assert.equal(seen, 20)
    assert.equal(await lease.poll(1 << 20, 0), null)
    await held[Symbol.asyncDispose]()
    await close()
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit, fullDisk, LogFull } from '#infra/bus/embedded/quota.ts'
import { scratch } from '#infra/bus/embedded/testdata/scratch.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import { hold, poll, raw, topicSpec, unit, values } from '#test/suites/bus/harness.ts'

const MIB = 1 << 20

function isLogFull(error: unknown): true {
  assert.ok(error instanceof Retryable)
  assert.equal(error.reason, 'log-full')
  return true
}

test('a full log refuses producers, lets tasks finish, and takes records again after retention', async () => {
  await using place = scratch()
  const bus = await place.open({ maxBytes: 2 * MIB, commitReserveBytes: MIB })
  await bus.ensure([topicSpec('in', { retention: { ms: 1, bytes: 1000 } }), topicSpec('out')])
  const big = 'x'.repeat(200_000)
  await using held = await hold(bus, 'g', 'in', 1)
  let accepted = 0
  await assert.rejects(async () => {
    for (;;) {
      await bus.append([raw('in', null, `${accepted} ${big}`)])
      accepted++
    }
  }, isLogFull)
  assert.ok(accepted >= 8 && accepted <= 10, `${accepted} accepted`)
  assert.equal((await values(bus, 'in')).length, accepted)
  const lease = held.leases[0]!
  for (let seen = 0; seen < accepted; ) {
    const batch = await poll(lease)
    seen += batch.records.length
    await lease.commit(unit(batch.next, [raw('out', null, 'x'.repeat(1000))]))
  }
  await assert.rejects(bus.append([raw('in', null, big)]), /the log is full: .* MiB used of 2 MiB/)
  assert.equal(bus.stats()['refused.max-bytes'], 2)
  assert.equal((await bus.enforceRetention()).records, accepted - 1)
  await bus.append([raw('in', null, big)])
})

test('the reserve of tasks ends too', async () => {
  await using place = scratch()
  const bus = await place.open({ maxBytes: MIB, commitReserveBytes: MIB })
  await bus.ensure([topicSpec('in'), topicSpec('out')])
  await using held = await hold(bus, 'g', 'in', 1)
  const output = raw('out', null, 'x'.repeat(300_000))
  await assert.rejects(async () => {
    for (;;) await held.leases[0]!.commit(unit(0, [output]))
  }, isLogFull)
  assert.equal((await values(bus, 'out')).length, 6)
})

test('a disk with less than the reserve refuses producers, not tasks', async () => {
  await using place = scratch()
  const bus = await place.open({ reserveBytes: Number.MAX_SAFE_INTEGER })
  await bus.ensure([topicSpec('t')])
  await assert.rejects(bus.append([raw('t', null, 'a')]), /the disk is nearly full/)
  assert.equal(bus.stats()['refused.disk-reserve'], 1)
  await using held = await hold(bus, 'g', 't', 1)
  await held.leases[0]!.commit(unit(0, [raw('t', null, 'b')]))
  assert.deepEqual(await values(bus, 't'), ['b'])
})

const LIMITS = { maxBytes: 100 * MIB, commitReserveBytes: 10 * MIB, reserveBytes: 50 * MIB, groupExpiryMs: 1000 }

/** Sizes in MiB. */
const CASES = [
  { writer: 'append', used: 10, bytes: 1, file: 20, free: 500, refused: null },
  { writer: 'append', used: 99, bytes: 2, file: 200, free: 500, refused: 'max-bytes' },
  { writer: 'commit', used: 99, bytes: 2, file: 200, free: 500, refused: null },
  { writer: 'commit', used: 109, bytes: 2, file: 200, free: 500, refused: 'max-bytes' },
  { writer: 'append', used: 10, bytes: 1, file: 11, free: 40, refused: 'disk-reserve' },
  { writer: 'append', used: 10, bytes: 1, file: 30, free: 40, refused: null },
  { writer: 'append', used: 10, bytes: 10, file: 30, free: 40, refused: 'disk-reserve' },
  { writer: 'commit', used: 10, bytes: 1, file: 11, free: 0, refused: null },
] as const

for (const { writer, used, bytes, file, free, refused } of CASES) {
  test(`${writer} of ${bytes} MiB, ${used} used in a file of ${file}, ${free} free: ${refused ?? 'accepted'}`, () => {
    const space = { used: used * MIB, fileBytes: () => file * MIB, freeDisk: () => free * MIB }
    const ask = (): void => admit(writer, bytes * MIB, space, LIMITS)
    if (refused === null) ask()
    else assert.throws(ask, (error: LogFull) => error instanceof LogFull && error.shortage === refused)
  })
}

test('which errors of the store mean a full disk', () => {
  const failed = (code: number): Error => Object.assign(new Error('write'), { code })
  const [empty, roomy] = [() => 0, () => 1 << 30]
  for (const code of [28, 122, -30792]) assert.equal(fullDisk(failed(code), roomy)?.reason, 'log-full')
  assert.equal(fullDisk(failed(5), empty)?.reason, 'log-full')
  assert.equal(fullDisk(failed(5), roomy), null)
  assert.equal(fullDisk(new Error('a bug'), empty), null)
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '#infra/bus/embedded/testdata/scratch.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import { missing } from '#test/needs.ts'
import { hold, poll, raw, topicSpec, unit, values } from '#test/suites/bus/harness.ts'

/** A small file system of its own, null where that is not allowed (it takes root). */
function smallDisk(megabytes: number): (Disposable & { readonly path: string }) | null {
  const path = mkdtempSync(join(tmpdir(), 'tapwire-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tapwire-test', path])
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true })
    return null
  }
  const unmount = (): void => {
    spawnSync('umount', [path])
    rmSync(path, { recursive: true })
  }
  return { path, [Symbol.dispose]: unmount }
}

function isDiskFull(error: unknown): true {
  assert.ok(error instanceof Retryable, `${error}`)
  assert.equal(error.reason, 'log-full')
  assert.match(error.message, /the disk is full/)
  return true
}

test('a disk that is full loses nothing accepted, and writes go on when there is room', async t => {
  using disk = smallDisk(32)
  if (disk === null) {
    missing(t, 'mounting a small disk takes root')
    return
  }
  await using place = scratch(disk.path)
  let bus = await place.open()
  await bus.ensure([topicSpec('in', { retention: { ms: 1, bytes: 1 << 20 } }), topicSpec('out')])
  const padding = 'x'.repeat(500_000)
  const stored: string[] = []
  const append = async (): Promise<void> => {
    const value = `${stored.length} ${padding}`
    await bus.append([raw('in', null, value), raw('in', null, value)])
    stored.push(value, value)
  }
  const fill = async (): Promise<void> => {
    await assert.rejects(async () => {
      for (;;) await append()
    }, isDiskFull)
  }
  await fill()
  assert.ok(stored.length > 10, `${stored.length} records fitted`)
  assert.deepEqual(await values(bus, 'in'), stored)
  await assert.rejects(append(), isDiskFull)
  assert.equal(bus.stats()['refused.disk-full'], 2)

  // The task finishes with what producers had to leave, and so retention can make room.
  await using held = await hold(bus, 'g', 'in', 1)
  const lease = held.leases[0]!
  for (let seen = 0; seen < stored.length; ) {
    const batch = await poll(lease)
    seen += batch.records.length
    await lease.commit(unit(batch.next, [raw('out', null, `up to ${batch.next}`)]))
  }
  const { records } = await bus.enforceRetention()
  assert.ok(records > 0)
  stored.splice(0, records)
  assert.deepEqual(await values(bus, 'in'), stored)

  await append()
  await fill()
  await bus[Symbol.asyncDispose]()
  bus = await place.open()
  assert.deepEqual(await values(bus, 'in'), stored)
  assert.equal((await bus.committed('g', 'in'))[0], lease.committed + records + 2)
})

test('a disk that somebody else filled: refused, then accepted when the space is back', async t => {
  using disk = smallDisk(32)
  if (disk === null) {
    missing(t, 'mounting a small disk takes root')
    return
  }
  await using place = scratch(disk.path)
  const bus = await place.open()
  await bus.ensure([topicSpec('t')])
  await bus.append([raw('t', null, 'before')])
  const ballast = join(disk.path, 'ballast')
  assert.ok(existsSync(ballast))
  const foreign = join(disk.path, 'foreign')
  assert.throws(() => writeFileSync(foreign, Buffer.alloc(64 << 20)), /ENOSPC/)
  const big = 'x'.repeat(2_500_000)
  await assert.rejects(bus.append([raw('t', null, big)]), isDiskFull)
  assert.deepEqual(await values(bus, 't'), ['before'])
  assert.ok(existsSync(ballast))

  // A task goes on, in the end with the ballast; when that is gone it is refused like everybody else.
  await using held = await hold(bus, 'g', 't', 1)
  const lease = held.leases[0]!
  let commits = 0
  await assert.rejects(async () => {
    for (;;) {
      await lease.commit(unit(commits + 1, [raw('t', null, big)]))
      commits++
    }
  }, isDiskFull)
  assert.ok(commits >= 2, `${commits} commits`)
  assert.ok(!existsSync(ballast))
  assert.deepEqual(await bus.committed('g', 't'), [commits])

  rmSync(foreign)
  await bus.append([raw('t', null, 'after')])
  assert.ok(existsSync(ballast))
  assert.deepEqual(await values(bus, 't'), ['before', ...Array<string>(commits).fill(big), 'after'])
})

test('a full disk does not keep the log from being closed and opened', async t => {
  using disk = smallDisk(32)
  if (disk === null) {
    missing(t, 'mounting a small disk takes root')
    return
  }
  await using place = scratch(disk.path)
  let bus = await place.open()
  await bus.ensure([topicSpec('t')])
  await bus.append([raw('t', null, 'before')])
  assert.throws(() => writeFileSync(join(disk.path, 'foreign'), Buffer.alloc(64 << 20)), /ENOSPC/)
  await bus[Symbol.asyncDispose]()
  bus = await place.open()
  assert.deepEqual(await values(bus, 't'), ['before'])
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Durability, openEmbedded } from '#infra/bus/embedded/index.ts'
import { audit, type Found } from '#infra/bus/embedded/testdata/ledger.ts'
import { mulberry32 } from '#test/driver/random.ts'

const LOAD = join(import.meta.dirname, 'testdata', 'load.ts')
const KILLS = Number(process.env['TAPWIRE_KILLS'] ?? (process.env['CI'] === 'true' ? 200 : 20))
const SEED = Number(process.env['TAPWIRE_SEED'] ?? Date.now() % 1_000_000)

/** Runs the load, kills it `afterMs` after its first commit, and gives what it said was accepted. */
async function runAndKill(directory: string, durability: Durability, seed: number, afterMs: number): Promise<Found> {
  const child = spawn(process.execPath, [LOAD, directory, durability, `${seed}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const told = { append: 0, commit: 0 }
  const firstCommit = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', line => {
    const [what, number] = line.split(' ') as ['append' | 'commit', string]
    told[what] = Number(number)
    if (what === 'commit') firstCommit.resolve()
  })
  await Promise.race([firstCommit.promise, closed])
  assert.equal(child.exitCode, null, `seed ${seed}: the load ended by itself`)
  await sleep(afterMs)
  child.kill('SIGKILL')
  await closed
  return { transaction: told.append, position: told.commit }
}

test(`law 5: ${KILLS} kills under load lose nothing that was accepted, and leave nothing in halves`, async t => {
  const random = mulberry32(SEED)
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-kill-'))
  const limits = { maxBytes: 1 << 30, reserveBytes: 0 }
  let committed = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const durability = kill % 4 === 0 ? 'power' : 'process'
    const seed = Math.floor(random() * 2 ** 31)
    const where = `seed ${SEED}, kill ${kill}`
    const told = await runAndKill(directory, durability, seed, 20 + random() * 180)
    const bus = await openEmbedded({ directory, partitions: 1, durability, limits })
    const found = await audit(bus, where)
    assert.ok(
      found.transaction >= told.transaction,
      `${where}: ${found.transaction} of ${told.transaction} transactions`,
    )
    assert.ok(found.position >= told.position, `${where}: position ${found.position} of ${told.position}`)
    assert.ok(found.position > committed, `${where}: it does not go on`)
    committed = found.position
    await bus[Symbol.asyncDispose]()
  }
  t.diagnostic(`seed ${SEED}: ${committed} records committed over ${KILLS} kills`)
  rmSync(directory, { recursive: true })
})

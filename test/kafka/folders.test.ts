import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { missing } from '#test/needs.ts'
import { Unavailable } from './contract.ts'
import { sweepFolders } from './folders.ts'
import { checkJava } from './java.ts'

const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

test('what a dead owner left is killed and removed; strangers and living owners are left alone', async t => {
  const root = mkdtempSync(join(tmpdir(), 'tapwire-sweep-'))
  const dead = spawnSync(process.execPath, ['--version']).pid
  const left = join(root, `tapwire-kafka-${dead}-abc`)
  const kept = join(root, `tapwire-kafka-${process.pid}-abc`)
  const running = (argument: string): ChildProcess =>
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', argument])
  const broker = running(join(left, 'broker-1.properties'))
  const stranger = running('something else')
  t.after(() => {
    broker.kill('SIGKILL')
    stranger.kill('SIGKILL')
    rmSync(root, { recursive: true })
  })
  for (const folder of [left, kept]) mkdirSync(folder)
  writeFileSync(join(left, 'broker-1.pid'), `${broker.pid}\n`)
  writeFileSync(join(left, 'broker-2.pid'), `${stranger.pid}\n`) // its number went to another process meanwhile
  writeFileSync(join(left, 'broker-3.pid'), '')
  const killed = once(broker, 'exit')

  assert.deepEqual(sweepFolders(root), [left])
  assert.deepEqual(await killed, [null, 'SIGKILL'])
  assert.equal(gone(stranger.pid!), false)
  assert.deepEqual([existsSync(left), existsSync(kept)], [false, true])
})

test('brokers do not outlive an owner that is killed', async t => {
  try {
    checkJava('4')
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return void missing(t, error.message)
  }
  const script = `import { openJvm } from '${new URL('./jvm.ts', import.meta.url)}'
    await openJvm({}); console.log('open'); setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(owner.stdout, 'data')
  const folder = readdirSync(tmpdir()).find(name => name.startsWith(`tapwire-kafka-${owner.pid}-`))!
  const broker = Number(readFileSync(join(tmpdir(), folder, 'broker-1.pid'), 'utf8'))
  assert.equal(gone(broker), false)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  sweepFolders()
  while (!gone(broker)) await sleep(20) // the kernel takes a moment; the time limit of the run ends this
  assert.equal(existsSync(join(tmpdir(), folder)), false)
})

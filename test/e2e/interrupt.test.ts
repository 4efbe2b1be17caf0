/** Ctrl-C while the input says nothing: a pipe nobody writes to, a pipe whose writer is silent, standard input that stays open. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Ended, scratch, tapwire } from './tapwire.ts'

/** From the signal to the end, milliseconds: a second for Tapwire, the rest for a loaded machine. */
const PATIENCE_MS = 5000

interface Interrupted extends Ended {
  readonly afterMs: number
}

/** Interrupts when the process has had the time to come to its input. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals): Promise<Interrupted> {
  let sent = 0
  const ended = await tapwire(args, {
    keepStdin: true,
    during: child => {
      const timer = setTimeout(() => {
        sent = performance.now()
        child.kill(signal)
      }, 1500)
      child.once('exit', () => clearTimeout(timer))
    },
  })
  return { ...ended, afterMs: performance.now() - sent }
}

function assertInterrupted(ended: Interrupted, says: RegExp): void {
  const said = `${ended.stdout}${ended.stderr}`
  // A process that is stuck in the operating system ends by the signal; a shell calls both 130.
  assert.ok(ended.code === 130 || ended.signal === 'SIGINT', `code ${ended.code}, signal ${ended.signal}: ${said}`)
  assert.match(said, says)
  assert.ok(ended.afterMs < PATIENCE_MS, `${ended.afterMs} ms`)
}

function pipe(t: TestContext): { readonly folder: string; readonly path: string } {
  const folder = scratch(t)
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  return { folder, path }
}

/** Somebody has the pipe open and writes nothing. */
function silentWriter(t: TestContext, path: string): void {
  const writer = openSync(path, constants.O_RDWR)
  t.after(() => closeSync(writer))
}

function configFor(folder: string, path: string): string {
  const file = join(folder, 'tapwire.yaml')
  const producer = { type: 'pcap-file', path }
  const log = { kind: 'embedded', directory: './log', partitions: 2 }
  writeFileSync(file, JSON.stringify({ producers: [producer], sinks: [], log, telemetry: { listen: false } }))
  return file
}

test('read: interrupted whatever it waits for', async t => {
  const { path } = pipe(t)
  assertInterrupted(await interrupt(['read', path], 'SIGINT'), /the same command starts from the beginning/)
  silentWriter(t, path)
  assertInterrupted(await interrupt(['read', path], 'SIGTERM'), /the same command starts from the beginning/)
  assertInterrupted(await interrupt(['read', '-'], 'SIGINT'), /the same command starts from the beginning/)
})

test('run: interrupted whatever it waits for, and says how to go on', async t => {
  const { folder, path } = pipe(t)
  assertInterrupted(await interrupt(['run', '--config', configFor(folder, path)], 'SIGINT'), /same command goes on/)
  silentWriter(t, path)
  assertInterrupted(await interrupt(['run', '--config', configFor(folder, path)], 'SIGTERM'), /same command goes on/)
  assertInterrupted(await interrupt(['run', '--config', configFor(folder, '-')], 'SIGINT'), /same command goes on/)
})

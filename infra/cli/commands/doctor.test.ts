import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { own } from '#infra/bus/embedded/owner.ts'
import { type Io, parseCommand } from '../command.ts'
import { checkCapture } from '../doctor/capture.ts'
import type { Diagnosis } from '../doctor/check.ts'
import { checkClock, checkCores, checkMemory, checkNode, checkParts } from '../doctor/machine.ts'
import { checkDirectory, checkPort } from '../doctor/node.ts'
import { doctor } from './doctor.ts'

const GIB = 1024 ** 3
const folder = mkdtempSync(join(tmpdir(), 'tapwire-doctor-'))
after(() => rmSync(folder, { recursive: true }))

const verdicts = (diagnoses: readonly Diagnosis[]): readonly string[] =>
  diagnoses.map(({ check, verdict }) => `${check} ${verdict}`)

async function run(...words: readonly string[]): Promise<{ code: number; out: string }> {
  let out = ''
  const stdout = { write: (text: string) => (out += text) }
  const code = await doctor.run(parseCommand(doctor, words)!, { cwd: folder, env: {}, stdout } as unknown as Io)
  return { code, out }
}

test('numbers of a machine', () => {
  const verdict = ({ verdict }: Diagnosis): string => verdict
  assert.deepEqual(['20.11.0', '24.0.0', '100.0.0'].map(checkNode).map(verdict), ['fail', 'ok', 'ok'])
  assert.deepEqual([1, 2].map(checkCores).map(verdict), ['warn', 'ok'])
  assert.deepEqual([0.4 * GIB, 1 * GIB, 2 * GIB].map(checkMemory).map(verdict), ['fail', 'warn', 'ok'])
  assert.deepEqual([verdict(checkClock(1000, 2000)), verdict(checkClock(2000, 1000))], ['fail', 'ok'])
})

test('an optional part that is missing is a warning that says how to get it', () => {
  const part = { name: 'tool', purpose: 'tests', packages: ['tool-package'] }
  const parts = [
    { ...part, present: () => true },
    { ...part, present: () => false },
  ]
  const [there, missing] = checkParts(parts)
  assert.equal(there?.verdict, 'ok')
  assert.equal(missing?.verdict, 'warn')
  assert.match(missing.says, /apt-get install tool-package/)
})

test('live capture: the addon and the right, neither of which a node that reads files needs', () => {
  assert.equal(checkCapture({ missing: null, right: true }).verdict, 'ok')
  const { verdict, says } = checkCapture({ missing: 'it is not installed', right: false })
  assert.equal(verdict, 'warn')
  assert.match(says, /it is not installed.*npm run setup.*CAP_NET_RAW/)
})

test('a directory that is free, held, absent, short of space, or none', () => {
  assert.deepEqual(verdicts(checkDirectory(folder, 0)), ['data ok', 'space ok', 'lock ok'])
  const absent = checkDirectory(join(folder, 'not/yet'), 0)
  assert.deepEqual(verdicts(absent), ['data ok', 'space ok', 'lock ok'])
  assert.match(absent[0]!.says, /will be made/)
  assert.deepEqual(verdicts(checkDirectory(folder, Number.MAX_SAFE_INTEGER))[1], 'space fail')
  writeFileSync(join(folder, 'file'), '')
  assert.deepEqual(verdicts(checkDirectory(join(folder, 'file'), 0)), ['data fail'])
  using _ = own(folder)
  const held = checkDirectory(folder, 0)[2]!
  assert.equal(held.verdict, 'warn')
  assert.match(held.says, new RegExp(`process ${process.pid} `))
})

test('a directory without write access', t => {
  if (process.getuid?.() === 0) return t.skip('root may write anywhere')
  chmodSync(folder, 0o500)
  t.after(() => chmodSync(folder, 0o700))
  assert.deepEqual(verdicts(checkDirectory(join(folder, 'log'), 0)), ['data fail'])
})

test('a port that is free, taken, or not wanted', async () => {
  assert.equal((await checkPort(false)).verdict, 'ok')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const listen = `127.0.0.1:${(server.address() as { port: number }).port}`
  const taken = await checkPort(listen)
  assert.equal(taken.verdict, 'fail')
  assert.match(taken.says, /EADDRINUSE/)
  await new Promise(resolve => server.close(resolve))
  assert.equal((await checkPort(listen)).verdict, 'ok')
})

test('the command: a line per check, JSON on demand, exit code 1 with a bad configuration', async () => {
  const file = join(folder, 'tapwire.yaml')
  writeFileSync(file, `log: { kind: embedded, directory: ${folder}, reserveBytes: 0 }\ntelemetry: { listen: false }\n`)
  const fine = await run('--config', file)
  assert.match(fine.out, /^ok +config +.*tapwire\.yaml is valid$/m)
  assert.match(fine.out, /^ok +lmdb +loads$/m)
  assert.match(fine.out, /^ok +telemetry +off$/m)
  assert.equal(fine.code, fine.out.includes('fail') ? 1 : 0)

  writeFileSync(file, 'workers: many\n')
  const { code, out } = await run('--config', file, '--json')
  assert.equal(code, 1)
  const lines = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Diagnosis)
  const config = lines.find(({ check }) => check === 'config')
  assert.equal(config?.verdict, 'fail')
  assert.match(config.says, /tapwire\.yaml:1/)
})

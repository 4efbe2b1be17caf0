import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type EmbeddedOptions, openEmbedded } from '#infra/bus/embedded/index.ts'
import { type Owner, own, self } from '#infra/bus/embedded/owner.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { raw, topicSpec, values } from '#test/suites/bus/harness.ts'

function scratch(): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-owner-'))
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
}

function options(directory: string): EmbeddedOptions {
  return { directory, partitions: 1, durability: 'process', limits: { maxBytes: 1 << 30, reserveBytes: 0 } }
}

interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  /** The first line it prints. */
  readonly said: Promise<string>
  end(signal?: NodeJS.Signals): Promise<void>
}

function hold(directory: string): Child {
  const script = join(import.meta.dirname, 'testdata', 'hold.ts')
  const child = spawn(process.execPath, [script, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const said = once(createInterface(child.stdout), 'line').then(([line]) => line as string)
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    if (signal === undefined) child.stdin.end()
    else child.kill(signal)
    await exited
  }
  return { process: child, said, end }
}

test('a second process is told who holds the directory, and may read', async () => {
  using place = scratch()
  const child = hold(place.directory)
  assert.equal(await child.said, 'opened')
  await assert.rejects(openEmbedded(options(place.directory)), (error: Error) => {
    assert.ok(error instanceof Usage)
    assert.match(
      error.message,
      new RegExp(`in use by process ${child.process.pid} since 2\\d{3}-.*hold\\.ts.*read-only`),
    )
    return true
  })
  const reader = await openEmbedded({ ...options(place.directory), readOnly: true })
  assert.throws(() => reader.partitions('none'), /does not exist/)
  await assert.rejects(reader.append([]), /read-only/)
  await reader[Symbol.asyncDispose]()
  await child.end()
  const next = await openEmbedded(options(place.directory))
  await next[Symbol.asyncDispose]()
})

test('the same process cannot open a directory twice', async () => {
  using place = scratch()
  const bus = await openEmbedded(options(place.directory))
  await assert.rejects(openEmbedded(options(place.directory)), /in use by this process itself/)
  await bus[Symbol.asyncDispose]()
})

test('a reader sees what the live owner writes', async () => {
  using place = scratch()
  const bus = await openEmbedded(options(place.directory))
  await bus.ensure([topicSpec('t')])
  const reader = await openEmbedded({ ...options(place.directory), readOnly: true })
  await bus.append([raw('t', null, 'a')])
  assert.deepEqual(await values(reader, 't'), ['a'])
  await reader[Symbol.asyncDispose]()
  await bus[Symbol.asyncDispose]()
})

test('what a killed process left is taken over', async () => {
  using place = scratch()
  const child = hold(place.directory)
  await child.said
  await child.end('SIGKILL')
  const bus = await openEmbedded(options(place.directory))
  await bus[Symbol.asyncDispose]()
})

/** What an owner left behind, and whether it counts as alive. */
const LEFT: readonly (readonly [what: string, left: Partial<Owner>, refused: RegExp | null])[] = [
  ['this very process', {}, /this process itself/],
  ['a dead process', { pid: 2 ** 22 + 1 }, null],
  ['an earlier process with the same pid', { started: '1' }, null],
  ['a process before the last boot', { boot: 'earlier' }, null],
  ['an earlier incarnation of this container', { pidNamespace: 'pid:[1]' }, null],
  ['a process of another host', { host: 'elsewhere', pid: 7 }, /process 7 on host elsewhere.*delete .*owner\.1/],
]

for (const [what, left, refused] of LEFT) {
  test(`a directory left by ${what} is ${refused === null ? 'free' : 'taken'}`, () => {
    using place = scratch()
    writeFileSync(join(place.directory, 'owner.1'), JSON.stringify({ ...self(), ...left }))
    if (refused !== null) {
      assert.throws(() => own(place.directory), refused)
      return
    }
    const owner = own(place.directory)
    assert.deepEqual(readdirSync(place.directory), ['owner.2'])
    assert.throws(() => own(place.directory), Usage)
    owner[Symbol.dispose]()
    assert.equal(readFileSync(join(place.directory, 'owner.2'), 'utf8'), '')
    own(place.directory)[Symbol.dispose]()
    assert.deepEqual(readdirSync(place.directory), ['owner.3'])
  })
}

test('an owner file that was emptied keeps nobody out, and numbers go on', () => {
  using place = scratch()
  writeFileSync(join(place.directory, 'owner.4'), '')
  own(place.directory)[Symbol.dispose]()
  assert.deepEqual(readdirSync(place.directory), ['owner.5'])
})

test('of processes that find a stale owner at once, one takes over', async () => {
  using place = scratch()
  writeFileSync(join(place.directory, 'owner.1'), JSON.stringify({ ...self(), started: '1' }))
  const children = Array.from({ length: 3 }, () => hold(place.directory))
  const said = await Promise.all(children.map(child => child.said))
  await Promise.all(children.map(child => child.end()))
  assert.equal(said.filter(line => line === 'opened').length, 1, said.join('\n'))
  assert.equal(said.filter(line => /^Usage: .* in use by process \d+/.test(line)).length, 2, said.join('\n'))
})

test('of rivals that try in the same moment, one wins: 300 rounds', async () => {
  using place = scratch()
  const rivals = 2
  const directories = Array.from({ length: 300 }, (_, round) => join(place.directory, `${round}`))
  for (const [round, directory] of directories.entries()) {
    mkdirSync(directory)
    // A third of them fresh, a third stale, a third released.
    const left = round % 3 === 1 ? JSON.stringify({ ...self(), started: '1' }) : ''
    if (round % 3 > 0) writeFileSync(join(directory, 'owner.1'), left)
  }
  const workerData = { directories, rivals, arrived: new SharedArrayBuffer(4) }
  const script = join(import.meta.dirname, 'testdata', 'rival.ts')
  const workers = Array.from({ length: rivals }, () => new Worker(script, { workerData }))
  const won = await Promise.all(workers.map(async worker => (await once(worker, 'message'))[0] as number[]))
  const winners = won.flat().sort((a, b) => a - b)
  assert.deepEqual(
    winners,
    directories.map((_, round) => round),
  )
})

test('a log of a newer version is refused', async () => {
  using place = scratch()
  const { openTables } = await import('#infra/bus/embedded/tables.ts')
  const { metaKey } = await import('#infra/bus/embedded/keys.ts')
  const tables = openTables({ directory: place.directory, readOnly: false, durability: 'power', mapBytes: 1 << 30 })
  tables.transact(() => tables.meta.put(metaKey('format'), Buffer.from('99')))
  await tables.close()
  await assert.rejects(openEmbedded(options(place.directory)), /format 99.*upgrade tapwire/)
  own(place.directory)[Symbol.dispose]()
})

test('a log that lost its machine before it reached the disk is refused', async () => {
  using place = scratch()
  const bus = await openEmbedded(options(place.directory))
  const mark = join(place.directory, 'unsynced')
  assert.equal(readFileSync(mark, 'utf8'), self().boot)
  await bus[Symbol.asyncDispose]()
  assert.throws(() => readFileSync(mark), /ENOENT/)
  writeFileSync(mark, 'an earlier boot')
  await assert.rejects(openEmbedded(options(place.directory)), /may be damaged: delete the directory/)
})

test('a reader needs a log', async () => {
  using place = scratch()
  const missing = join(place.directory, 'missing')
  await assert.rejects(openEmbedded({ ...options(missing), readOnly: true }), /no log in/)
})

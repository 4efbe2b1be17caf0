import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { chooseTask, oldNode, ROOT } from './bootstrap.js'
import { inPlace, stamp } from './installed.js'
import { withLock } from './lock.js'
import { findNpm } from './npm.js'

let folder = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tapwire-setup-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Writes a file below the test's folder, parents included. */
function put(path: string, content = ''): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

describe('which module runs', () => {
  test('checkout tasks by their first word, everything else is the command line', () => {
    assert.deepEqual(chooseTask(['test', 'schemas']), { module: 'test/run.ts', args: ['schemas'] })
    assert.deepEqual(chooseTask(['start']), { module: 'infra/cli/main.ts', args: ['start'] })
    assert.deepEqual(chooseTask(['read', 'test']), { module: 'infra/cli/main.ts', args: ['read', 'test'] })
    assert.deepEqual(chooseTask([]), { module: 'infra/cli/main.ts', args: [] })
  })

  test('every task is there', () => {
    for (const word of ['test', 'lint', 'bench', 'fuzz', 'chaos', 'setup', 'start']) {
      const { module } = chooseTask([word])
      assert.ok(existsSync(join(ROOT, module)), module)
    }
  })

  test('Node before 24 is too old', () => {
    assert.equal(oldNode('20.19.0'), true)
    assert.equal(oldNode('23.11.1'), true)
    assert.equal(oldNode('24.0.0'), false)
    assert.equal(oldNode('100.1.0'), false)
  })
})

describe('dependencies are in place', () => {
  const lock = (packages: object) => JSON.stringify({ packages: { '': { name: 'tapwire' }, ...packages } })
  const one = { 'node_modules/a': { version: '1.0.0' } }

  test('not without node_modules', () => {
    put('package-lock.json', lock(one))
    assert.equal(inPlace(folder), false)
  })

  test('when stamped, until the lock file changes', () => {
    put('package-lock.json', lock(one))
    mkdirSync(join(folder, 'node_modules'))
    stamp(folder)
    assert.equal(inPlace(folder), true)
    put('package-lock.json', lock({ 'node_modules/a': { version: '1.0.1' } }))
    assert.equal(inPlace(folder), false)
  })

  test('when npm itself installed just that; what is optional may be missing', () => {
    put('package-lock.json', lock({ ...one, 'node_modules/b': { version: '2.0.0', optional: true } }))
    put('node_modules/.package-lock.json', JSON.stringify({ packages: one }))
    assert.equal(inPlace(folder), true)
    put('package-lock.json', lock({ ...one, 'node_modules/b': { version: '2.0.0' } }))
    assert.equal(inPlace(folder), false)
  })

  test('not when stamped by another kind of Node: its addons do not load in this one', () => {
    put('package-lock.json', lock(one))
    put('node_modules/.package-lock.json', JSON.stringify({ packages: one }))
    stamp(folder)
    const file = join(folder, 'node_modules/.tapwire-stamp')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/abi \d+/, 'abi 1'))
    assert.equal(inPlace(folder), false)
  })
})

describe('npm is found', () => {
  test('as the one that runs us, unless that is another package manager', () => {
    const running = put('lib/npm-cli.js')
    const beside = put('node/lib/node_modules/npm/bin/npm-cli.js')
    assert.equal(findNpm({ npm_execpath: running }, join(folder, 'node/bin/node')), running)
    assert.equal(findNpm({ npm_execpath: put('lib/yarn.js') }, join(folder, 'node/bin/node')), beside)
  })

  test('on PATH, or not at all', () => {
    const onPath = put('bin/npm')
    assert.equal(findNpm({ PATH: `/nowhere:${join(folder, 'bin')}` }, '/nowhere/bin/node'), onPath)
    assert.equal(findNpm({ PATH: '/nowhere' }, '/nowhere/bin/node'), null)
  })
})

describe('one set-up at a time', () => {
  test('a second one waits for the first', async () => {
    const steps: string[] = []
    const first = Promise.withResolvers<void>()
    const both = [
      withLock(folder, 'x', async () => {
        steps.push('first in')
        await first.promise
        steps.push('first out')
      }),
      withLock(
        folder,
        'x',
        async () => steps.push('second in'),
        line => steps.push(line.replace(/ \(.*\n/, '')),
      ),
    ]
    while (steps.length < 2) await new Promise(setImmediate)
    first.resolve()
    await Promise.all(both)
    assert.deepEqual(steps, ['first in', 'tapwire: waiting for another set-up', 'first out', 'second in'])
  })

  test('the lock of a dead process is taken over', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid
    put('x.lock', `${dead}\n`)
    assert.equal(await withLock(folder, 'x', async () => 'done'), 'done')
    assert.equal(existsSync(join(folder, 'x.lock')), false)
  })

  test('a failure gives the lock back', async () => {
    await assert.rejects(
      withLock(folder, 'x', async () => {
        throw new Error('no network')
      }),
      /no network/,
    )
    assert.equal(existsSync(join(folder, 'x.lock')), false)
  })
})

describe('running again with another Node', () => {
  const again = (script: string) => {
    const code = `import(${JSON.stringify(join(ROOT, 'infra/setup/again.js'))})
      .then(({ runAgain }) => runAgain(process.execPath, ['-e', ${JSON.stringify(script)}]))
      .then(code => { process.exitCode = code })`
    return spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  test('the exit code is the child’s', async () => {
    assert.deepEqual(await once(again('process.exit(7)'), 'close'), [7, null])
  })

  test('so is the signal that ended it', async () => {
    assert.deepEqual(await once(again('process.kill(process.pid, "SIGKILL")'), 'close'), [null, 'SIGKILL'])
  })

  test('a signal to the parent reaches the child once', async () => {
    const parent = again(`let got = 0
      process.on('SIGINT', () => { got++; setImmediate(() => process.exit(40 + got)) })
      setInterval(() => {}, 1000)
      console.log('ready')`)
    await once(parent.stdout, 'data')
    parent.kill('SIGINT')
    assert.deepEqual(await once(parent, 'close'), [41, null])
  })
})

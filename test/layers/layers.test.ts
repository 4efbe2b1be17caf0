import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cycleViolations } from './cycles.ts'
import { purityViolations } from './purity.ts'
import { layerViolations } from './rules.ts'
import { formatViolation, readSources, type Source, type Violation } from './source.ts'
import { incompleteComponents, lengthViolations, strangers } from './tree.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = readSources(ROOT)

function check(violations: readonly Violation[]): void {
  assert.deepEqual(violations.map(formatViolation), [])
}

describe('the repository', () => {
  test('imports only what its layer may', () => check(layerViolations(SOURCES)))
  test('imports nothing in a circle', () => check(cycleViolations(SOURCES)))
  test('processors have no randomness and no way around the linter', () => check(purityViolations(SOURCES)))
  test('has no file that should be two', () => check(lengthViolations(SOURCES)))
  test('has a fixed top level', () => assert.deepEqual(strangers(ROOT), []))
  test('has complete components', () => assert.deepEqual(incompleteComponents(ROOT), []))
})

const source = (path: string, text: string): Source => ({ path, text })

describe('the checker finds', () => {
  const forbidden: readonly (readonly [path: string, text: string, rule: RegExp])[] = [
    ['schemas/records/x.ts', `import { a } from '#infra/runtime/task.ts'`, /schemas imports nothing of ours/],
    ['schemas/records/x.ts', `import { a } from '../../infra/runtime/task.ts'`, /schemas imports nothing of ours/],
    ['processors/tcp/x.ts', `import type { A } from '#processors/http/index.ts'`, /a component imports only #schemas/],
    ['processors/tcp/x.ts', `export { a } from '../http/index.ts'`, /a component imports only #schemas/],
    ['processors/tcp/x.ts', `const a = await import('#infra/runtime/task.ts')`, /a component imports only #schemas/],
    ['processors/tcp/x.ts', `type A = import('#sinks/log/index.ts').A`, /a component imports only #schemas/],
    ['processors/tcp/x.ts', `import { readFileSync } from 'node:fs'`, /node:fs is not for processors/],
    ['processors/tcp/x.ts', `import { a } from '#test/driver/stage.ts'`, /a component imports only #schemas/],
    ['sinks/log/x.ts', `import { a } from '#producers/pcap/index.ts'`, /a component imports only #schemas/],
    ['infra/bus/memory/x.ts', `import { a } from '#infra/runtime/task.ts'`, /import only #schemas/],
    ['infra/runtime/x.ts', `new Worker(new URL('../cli/main.ts', import.meta.url))`, /import only #schemas/],
    ['infra/setup/x.js', `import { a } from '#schemas/records/id.ts'`, /before the set-up/],
    ['infra/magic/x.ts', `import { a } from '#schemas/records/id.ts'`, /infra\/magic is no layer/],
    ['infra/bus/embedded/x.ts', `import { Kafka } from 'kafkajs'`, /kafkajs may be imported only in/],
    ['producers/pcap-file/x.ts', `import { Cap } from 'cap'`, /cap may be imported only in/],
    ['infra/cli/x.ts', `import { pino } from 'pino'`, /pino may be imported only in/],
    ['infra/runtime/x.ts', `import { open } from 'lmdb/open'`, /lmdb may be imported only in/],
    ['infra/cli/x.ts', `import x from '@scope/new/inner'`, /@scope\/new has no place/],
  ]
  for (const [path, text, rule] of forbidden) {
    test(`${path}: ${text}`, () => {
      const [violation, ...more] = layerViolations([source(path, `// first line\n${text}\n`)])
      assert.match(violation?.rule ?? '', rule)
      assert.deepEqual([violation?.path, violation?.line, more.length], [path, 2, 0])
    })
  }

  test('nothing where nothing is', () => {
    check(
      layerViolations([
        source('processors/tcp/x.ts', `import { a } from '#schemas/records/id.ts'\nimport { b } from './seq.ts'`),
        source('processors/tcp/x.test.ts', `import { a } from '#test/driver/stage.ts'\nimport 'node:fs'`),
        source('infra/cli/x.ts', `import { a } from '#processors/tcp/index.ts'`),
        source('sinks/log/x.ts', `import { pino } from 'pino'\nimport 'node:fs'`),
        source('infra/bus/embedded/x.ts', `import { open } from 'lmdb'`),
      ]),
    )
  })

  test('circles of files and of folders, but not of types', () => {
    const rules = (...sources: Source[]) => cycleViolations(sources).map(violation => violation.rule)
    assert.deepEqual(
      rules(
        source('infra/bus/a.ts', `import './b.ts'`),
        source('infra/bus/b.ts', `import { type T, v } from './a.ts'`),
      ),
      ['imports in a circle: infra/bus/a.ts → infra/bus/b.ts → infra/bus/a.ts'],
    )
    assert.deepEqual(
      rules(
        source('processors/x/a/one.ts', `import '../b/one.ts'`),
        source('processors/x/b/two.ts', `import '../c/one.ts'`),
        source('processors/x/c/two.ts', `import '../a/two.ts'`),
      ),
      ['imports in a circle: processors/x/a → processors/x/b → processors/x/c → processors/x/a'],
    )
    assert.deepEqual(
      rules(
        source('infra/bus/a.ts', `import './b.ts'`),
        source('infra/bus/b.ts', `import type { T } from './a.ts'\nimport { type U } from './a.ts'`),
      ),
      [],
    )
    assert.deepEqual(
      rules(
        source('infra/cli/main.ts', `import './run/node.ts'`),
        source('infra/cli/run/node.ts', `import '../tally.ts'\nnew Worker(new URL('./node.ts', import.meta.url))`),
      ),
      [],
    )
  })

  test('randomness and detours in processors', () => {
    const found = (text: string) => purityViolations([source('processors/x/y.ts', text)]).length
    for (const text of [
      'Math.random()',
      'const { random } = Math',
      "Math['random']()",
      'globalThis.Date.now()',
      'eval("1")',
    ]) {
      assert.equal(found(text), 1, text)
    }
    for (const text of ['Math.floor(1.5)', 'const a = { global: 1 }', 'x.eval()', 'type F = Function']) {
      assert.equal(found(text), 0, text)
    }
    assert.equal(purityViolations([source('processors/x/y.test.ts', 'Math.random()')]).length, 0)
    assert.equal(purityViolations([source('producers/x/y.ts', 'Math.random()')]).length, 0)
  })

  test('files that are too long', () => {
    assert.equal(lengthViolations([source('infra/a.ts', '\n'.repeat(401))]).length, 1)
    assert.equal(lengthViolations([source('infra/a.ts', '\n'.repeat(400))]).length, 0)
  })
})

describe('trees and linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-layers-'))
  after(() => rmSync(folder, { recursive: true }))
  const put = (path: string, text = '') => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }

  test('strangers at the top and incomplete components are named', () => {
    for (const layer of ['producers', 'processors', 'sinks']) mkdirSync(join(folder, layer), { recursive: true })
    put('packages/x.ts')
    put('processors/whole/index.ts')
    put('processors/whole/README.md')
    put('processors/whole/inner/a.test.ts')
    put('sinks/half/index.ts')
    assert.deepEqual(strangers(folder), ['packages'])
    assert.deepEqual(incompleteComponents(folder), ['sinks/half has no README.md', 'sinks/half has no a *.test.ts'])
  })

  test('the linter refuses clocks, timers and I/O in processors, and says why', () => {
    copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'))
    const text = `import { readFileSync } from 'node:fs'
export const a = () => [Date.now(), performance.now(), process.env, setTimeout(() => {}, 1), readFileSync('x')]
`
    put('processors/sample/clock.ts', text)
    put('producers/sample/clock.ts', text)
    const lint = (path: string) => {
      const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
      const args = [biome, 'lint', '--colors=off', '--max-diagnostics=50', path]
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
      return { status, said: stdout + stderr }
    }
    const processor = lint('processors')
    assert.notEqual(processor.status, 0)
    for (const reason of ['has no clock', 'no environment, no I/O', 'no timers of its own', 'does no I/O']) {
      assert.ok(processor.said.includes(reason), `${reason} is not in: ${processor.said}`)
    }
    assert.equal(lint('producers').status, 0)
  })
})

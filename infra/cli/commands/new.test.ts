import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Usage } from '#schemas/contracts/errors.ts'
import { type Io, parseCommand } from '../command.ts'
import { loadComponents, ROOT } from '../components.ts'
import { newComponent } from './new.ts'

const COMPONENTS = [
  ['producer', 'producers'],
  ['processor', 'processors'],
  ['sink', 'sinks'],
  ['protocol', 'processors/http/protocols'],
  ['decoder', 'processors/detect/decoders'],
  ['detector', 'processors/detect/detectors'],
] as const

const project = mkdtempSync(join(tmpdir(), 'tapwire-new-'))
after(() => rmSync(project, { recursive: true }))
// A checkout without components of its own: what a component may import is linked to the real one.
writeFileSync(join(project, 'package.json'), readFileSync(join(ROOT, 'package.json')))
for (const shared of ['schemas', 'infra', 'test', 'node_modules'])
  symlinkSync(join(ROOT, shared), join(project, shared))
for (const stage of ['http', 'detect']) {
  mkdirSync(join(project, 'processors', stage), { recursive: true })
  symlinkSync(join(ROOT, 'processors', stage, 'index.ts'), join(project, 'processors', stage, 'index.ts'))
}

async function run(...words: readonly string[]): Promise<string> {
  let out = ''
  const stdout = { write: (text: string) => (out += text) }
  const io = { cwd: project, env: {}, stdout } as unknown as Io
  assert.equal(await newComponent.run(parseCommand(newComponent, words)!, io), 0)
  return out
}

for (const [kind, folder] of COMPONENTS) {
  const name = `fresh-${kind}`
  test(`a new ${kind} has its name everywhere, a README in three parts, and passes its own tests`, async () => {
    const out = await run(kind, name)
    const target = join(project, folder, name)
    for (const file of globSync('**/*.*', { cwd: target })) {
      assert.ok(out.includes(`  ${folder}/${name}/${file}\n`), `${file} is among those listed:\n${out}`)
      assert.doesNotMatch(readFileSync(join(target, file), 'utf8'), /example/i, file)
    }
    assert.ok(readdirSync(target).includes(`${name}.test.ts`))
    const readme = readFileSync(join(target, 'README.md'), 'utf8')
    for (const part of ['**Takes**', '**Gives**', '**Limits.**', '**Does not**']) assert.ok(readme.includes(part), part)
    const files = globSync('**/*.test.ts', { cwd: target }).map(file => join(target, file))
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { status, stdout } = spawnSync(process.execPath, ['--test', ...files], {
      cwd: project,
      encoding: 'utf8',
      env,
    })
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^# fail 0$|^ℹ fail 0$/m)
  })
}

test('their presence registers them', async () => {
  const { producers, processors, sinks, parts } = await loadComponents(project)
  assert.ok(producers.has('fresh-producer'))
  assert.ok(processors.has('fresh-processor'))
  assert.ok(sinks.has('fresh-sink'))
  const names = (stage: string, part: string) =>
    parts.get(stage)?.[part]?.map(spec => (spec as { name?: string; id?: string }).name ?? (spec as { id?: string }).id)
  assert.deepEqual(names('http', 'protocols'), ['fresh-protocol'])
  assert.deepEqual(names('detect', 'decoders'), ['fresh-decoder'])
  assert.deepEqual(names('detect', 'detectors'), ['fresh-detector'])
})

const WRONG = [
  [['sink', 'fresh-sink'], /sinks\/fresh-sink exists already: choose another name/],
  [['detektor', 'x'], /unknown kind "detektor" \(did you mean detector\?\)/],
  [['toaster', 'x'], /unknown kind "toaster": kinds are producer, /],
  [['sink'], /expected a kind and a name/],
  [['sink', 'a', 'b'], /expected a kind and a name/],
  [['sink', 'Upper'], /name "Upper": expected lower-case words/],
  [['sink', '../escape'], /name "\.\.\/escape"/],
  [['sink', '1st'], /name "1st"/],
  [['sink', 'two--hyphens'], /name "two--hyphens"/],
  [['sink', 'x'.repeat(41)], /at most 40 letters/],
] as const
for (const [words, message] of WRONG) {
  test(`new ${words.join(' ')} is refused`, async () => {
    await assert.rejects(run(...words), (error: unknown) => {
      assert.ok(error instanceof Usage, String(error))
      assert.match(error.message, message)
      return true
    })
  })
}

test('outside a checkout it says so', async () => {
  const io = { cwd: tmpdir(), env: {} } as unknown as Io
  await assert.rejects(newComponent.run(parseCommand(newComponent, ['sink', 'x'])!, io), /in no checkout of Tapwire/)
})

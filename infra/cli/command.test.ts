import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closest } from '#schemas/config/closest.ts'
import { keysOf } from '#schemas/config/explain.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { type Command, helpOf, parseCommand } from './command.ts'
import { COMMANDS } from './commands.ts'
import { loadComponents } from './components.ts'
import { schemaFor } from './config.ts'

const sample: Command = {
  name: 'sample',
  positionals: 'FILE...',
  summary: 'A command of this test',
  flags: {
    only: { type: 'string', value: 'TYPES', describe: 'Which' },
    fresh: { type: 'boolean', short: 'f', describe: 'Again' },
  },
  examples: [['tapwire sample a', 'the simple case']],
  run: async () => 0,
}

test('reads flags and positionals', () => {
  const args = parseCommand(sample, ['a', '--only', 'x', '-f', 'b'])!
  assert.deepEqual(args.positionals, ['a', 'b'])
  assert.equal(args.text('only'), 'x')
  assert.equal(args.is('fresh'), true)
  assert.equal(parseCommand(sample, ['--help', '--fresh']), null)
  assert.deepEqual(parseCommand(sample, ['--', '--only'])!.positionals, ['--only'])
})

for (const [argv, says] of [
  [['--onyl', 'x'], "unknown flag --onyl (did you mean --only?): see 'tapwire sample --help'"],
  [['--zzzzzz'], "unknown flag --zzzzzz: see 'tapwire sample --help'"],
] as const) {
  test(`says what is wrong: ${argv.join(' ')}`, () => {
    assert.throws(
      () => parseCommand(sample, argv),
      (error: unknown) => error instanceof Usage && error.message === says,
    )
  })
}

test('help shows usage, every flag and the examples', () => {
  const help = helpOf(sample)
  for (const part of [
    'A command of this test.',
    'tapwire sample [flags] FILE...',
    '--only TYPES',
    '-f, --fresh',
    '# the simple case',
  ]) {
    assert.ok(help.includes(part), part)
  }
})

test('every command has examples, and each is a command line that parses', () => {
  for (const command of COMMANDS) {
    assert.ok(command.examples.length > 0, command.name)
    for (const [line] of command.examples) {
      const ours = line
        .split('|')
        .map(part => part.trim().split(/\s+/))
        .find(([word]) => word === 'tapwire')
      assert.ok(ours !== undefined, line)
      const [, name, ...args] = ours
      const named = COMMANDS.find(known => known.name === name)
      assert.ok(named !== undefined, line)
      assert.doesNotThrow(() => parseCommand(named, args), line)
    }
  }
})

test('every key of the configuration says what it means', async () => {
  const silent = keysOf(schemaFor(await loadComponents())).filter(key => key.description === '')
  assert.deepEqual(
    silent.map(key => key.path),
    [],
  )
})

test('closest finds typing mistakes and keeps quiet otherwise', () => {
  assert.equal(closest('raed', ['read', 'run', 'config']), 'read')
  assert.equal(closest('exchanges', ['exchange', 'detection']), 'exchange')
  assert.equal(closest('banana', ['read', 'run']), null)
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { z } from 'zod'
import type { ComponentSpec } from '#schemas/contracts/component.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { explain, keysOf } from './explain.ts'
import { ConfigError, loadConfig } from './load.ts'
import { cidr } from './net.ts'
import { rootSchema } from './root.ts'
import { Secret, secret } from './secret.ts'

const spec = (kind: ComponentSpec<unknown>['kind'], name: string, config: z.ZodType): ComponentSpec<unknown> => ({
  kind,
  name,
  summary: `The ${name} ${kind}`,
  config,
})

const SCHEMA = rootSchema([
  spec(
    'producer',
    'file',
    z.strictObject({
      path: z.string().describe('Where'),
      speed: z.number().nonnegative().default(0).describe('How fast'),
      limits: z.strictObject({ packetBytes: z.int().min(64).default(1000) }).prefault({}),
    }),
  ),
  spec('producer', 'wire', z.strictObject({ interface: z.string() })),
  spec('processor', 'tcp', z.strictObject({ flows: z.int().max(100).default(10) }).prefault({})),
  spec('processor', 'enrich', z.strictObject({ trusted: z.array(cidr()).default(['10.0.0.0/8']) })),
  spec('sink', 'hook', z.strictObject({ token: secret().describe('Proves who we are') })),
])

/** Messages of what is wrong with a text. */
function faults(text: string): string[] {
  try {
    loadConfig(text, 'tapwire.yaml', SCHEMA)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n')
  }
}

describe('a good file', () => {
  test('an empty one is all defaults', () => {
    const config = loadConfig('', 'x', SCHEMA)
    assert.equal(config.sensor, 'tapwire')
    assert.equal(config.log.kind, 'embedded')
    assert.deepEqual(config.processors, { tcp: { flows: 10 }, enrich: { trusted: ['10.0.0.0/8'] } })
    assert.deepEqual([config.producers, config.sinks, config.workers], [[], [], 'auto'])
  })

  test('components keep their keys, and have a name', () => {
    const config = loadConfig(
      'producers:\n- { type: file, path: a.pcap }\n- { type: file, name: second, path: b.pcap, speed: 1 }\nprocessors:\n  tcp:\n',
      'x',
      SCHEMA,
    )
    assert.deepEqual(config.producers, [
      { type: 'file', name: 'file', path: 'a.pcap', speed: 0, limits: { packetBytes: 1000 } },
      { type: 'file', name: 'second', path: 'b.pcap', speed: 1, limits: { packetBytes: 1000 } },
    ])
    assert.deepEqual(config.processors['tcp'], { flows: 10 })
  })

  test('aliases, and no expansion of variables', () => {
    const config = loadConfig(
      `producers: [{ type: file, path: &p "\${HOME}/a" }, { type: wire, interface: *p }]`,
      'x',
      SCHEMA,
    )
    assert.equal(config.producers[1]?.['interface'], `\${HOME}/a`)
  })
})

describe('what is wrong, with its place', () => {
  const cases: readonly (readonly [what: string, text: string, faults: readonly string[]])[] = [
    [
      'a type',
      'producers:\n  - type: file\n    path: a\n    speed: fast',
      ['tapwire.yaml:4:12 producers[0].speed: expected number, received string "fast"'],
    ],
    [
      'an unknown key near a known one',
      'producers:\n  - type: file\n    path: a\n    spede: 1',
      ['tapwire.yaml:4:5 producers[0].spede: unknown key (did you mean speed?)'],
    ],
    [
      'an unknown key like nothing',
      'processors: { tcp: { xyz: 1 } }',
      ['tapwire.yaml:1:22 processors.tcp.xyz: unknown key (known: flows)'],
    ],
    [
      'a missing key',
      'producers:\n  - type: file',
      ['tapwire.yaml:2:5 producers[0].path: is missing: expected string'],
    ],
    [
      'an unknown type',
      'producers: [{ type: flie }]',
      ['tapwire.yaml:1:21 producers[0].type: unknown type string "flie" (did you mean file?)'],
    ],
    [
      'no type',
      'producers: [{ path: a }]',
      ['tapwire.yaml:1:13 producers[0].type: is missing: expected one of file, wire'],
    ],
    [
      'a bound',
      'processors: { tcp: { flows: 101 } }',
      ['tapwire.yaml:1:29 processors.tcp.flows: expected at most 100, received 101'],
    ],
    [
      'a bad CIDR',
      'processors:\n  enrich:\n    trusted:\n      - 10.0.0.0/8\n      - 10.0.0.0/33',
      [
        'tapwire.yaml:5:9 processors.enrich.trusted[1]: bad CIDR "10.0.0.0/33": prefix length "33" is not a whole number from 0 to 32',
      ],
    ],
    [
      'a choice',
      'telemetry: { logLevel: loud }',
      [
        'tapwire.yaml:1:24 telemetry.logLevel: expected one of debug, info, warn, error, silent, received string "loud"',
      ],
    ],
    ['neither of two', 'workers: many', ['tapwire.yaml:1:10 workers: expected auto or number, received string "many"']],
    [
      'a listener for everybody',
      'telemetry: { listen: "0.0.0.0:9464" }',
      [
        'tapwire.yaml:1:22 telemetry.listen: 0.0.0.0:9464 is reachable from other machines: use 127.0.0.1, or set allowRemote: true',
      ],
    ],
    [
      'a name twice',
      'producers:\n  - { type: wire, interface: a }\n  - { type: wire, interface: b }',
      ['tapwire.yaml:3:5 producers[1]: a second wire: give it a name of its own (name: …)'],
    ],
    [
      'a retention of no topic',
      'log: { kind: embedded, retention: { segmnts: {} } }',
      ['tapwire.yaml:1:37 log.retention.segmnts: unknown key (did you mean segments?)'],
    ],
    [
      'a retention of the log in memory',
      'log: { kind: memory, retention: { segments: {} } }',
      ['tapwire.yaml:1:22 log.retention: unknown key (known: kind, partitions, maxBytes)'],
    ],
    ['no mapping', '- a', ['tapwire.yaml:1:1 expected mapping of keys, received a list']],
    [
      'no YAML',
      'a: {',
      ['tapwire.yaml:1:5 flow map in block collection must be sufficiently indented and end with a }'],
    ],
    ['a key twice', 'sensor: a\nsensor: b', ['tapwire.yaml:2:1 map keys must be unique']],
    ['an unknown tag', 'sensor: !!js/function x', ['tapwire.yaml:1:9 unresolved tag: tag:yaml.org,2002:js/function']],
    ['a key that objects have', '__proto__: { sensor: x }', ['tapwire.yaml:1:1 __proto__: unknown key']],
    [
      'a secret in the open',
      'sinks:\n  - type: hook\n    token: hunter2',
      ['tapwire.yaml:3:12 sinks[0].token: a secret is { env: NAME } or { file: path }, never the value itself'],
    ],
  ]
  for (const [what, text, want] of cases) {
    test(what, () =>
      assert.deepEqual(
        faults(text).map(line => (what.startsWith('a key that') ? line.replace(/ \(.*/, '') : line)),
        want,
      ),
    )
  }

  test('all at once, in the order of the file', () => {
    assert.deepEqual(
      faults('workers: 0\nsensor: A\nsenors: x').map(line => line.split(' ')[0]),
      ['tapwire.yaml:1:10', 'tapwire.yaml:2:9', 'tapwire.yaml:3:1'],
    )
  })

  test('it is a usage error', () => assert.throws(() => loadConfig('a: 1', 'x', SCHEMA), Usage))

  test('what components must not do', () => {
    const bad = (config: z.ZodType) => () => rootSchema([spec('sink', 'x', config)])
    assert.throws(bad(z.string()), /configuration of sink x must be a strictObject/)
    assert.throws(bad(z.strictObject({ type: z.string() })), /must not have keys named type/)
  })
})

describe('hostile files are refused in bounded time', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 10; i++) bomb.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`)}]`)
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['size', `sensor: ${'x'.repeat(1024 * 1024)}`, /longer than 1048576 characters/],
    ['alias expansion', bomb.join('\n'), /more than 100000 values/],
    ['an alias to itself', 'a: &a [*a]', /nested deeper than 32 levels/],
    ['depth', '['.repeat(100_000), /./],
    ['depth, closed', '['.repeat(200) + ']'.repeat(200), /nested deeper than 32 levels/],
    ['many problems', Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join('\n'), /and 950 more$/],
  ]
  for (const [what, text, fault] of cases) test(what, () => assert.match(faults(text).join('\n'), fault))
})

describe('secrets', () => {
  const sources = {
    env: { TOKEN: 'from-env', EMPTY: '' },
    readFile(path: string) {
      if (path !== '/run/token') throw new Error(`ENOENT: ${path}`)
      return 'from-file\n'
    },
  }
  const load = (reference: string) =>
    loadConfig(`sinks: [{ type: hook, token: ${reference} }]`, 'f', SCHEMA, sources).sinks[0]!['token'] as Secret

  test('come from the environment or a file', () => {
    assert.equal(load('{ env: TOKEN }').reveal(), 'from-env')
    assert.equal(load('{ file: /run/token }').reveal(), 'from-file')
  })

  test('are never printed', () => {
    const token = load('{ env: TOKEN }')
    for (const shown of [`${token}`, JSON.stringify({ token }), inspect({ token }, { showHidden: true, depth: 9 })]) {
      assert.doesNotMatch(shown, /from-env/)
      assert.match(shown, /\[secret from env TOKEN\]/)
    }
  })

  test('say where they are missing', () => {
    for (const [reference, fault] of [
      ['{ env: NONE }', 'f:1:30 sinks[0].token: the environment variable NONE is not set'],
      ['{ env: EMPTY }', 'f:1:30 sinks[0].token: the secret is empty'],
      ['{ file: /x }', 'f:1:30 sinks[0].token: cannot read the secret: ENOENT: /x'],
      [
        '{ env: A, file: b }',
        'f:1:30 sinks[0].token: a secret is { env: NAME } or { file: path }, never the value itself',
      ],
    ] as const) {
      assert.throws(() => load(reference), { message: fault })
    }
  })

  test('are not used before they are read', () => {
    assert.throws(() => new Secret({ env: 'X' }).reveal(), /used before it was read/)
  })
})

describe('the reference', () => {
  test('names every key with type, default and description', () => {
    const rows = new Map(keysOf(SCHEMA).map(row => [row.path, row]))
    assert.deepEqual(rows.get('producers[file].speed'), {
      path: 'producers[file].speed',
      type: 'number from 0',
      fallback: '0',
      required: false,
      description: 'How fast',
    })
    assert.equal(rows.get('producers[file].limits.packetBytes')?.type, 'whole number from 64')
    assert.equal(rows.get('producers[file].path')?.required, true)
    assert.equal(rows.get('sinks[hook]')?.description, 'The hook sink')
    assert.equal(rows.get('sinks[hook].token')?.type, 'secret')
    assert.equal(rows.get('processors.enrich.trusted')?.fallback, '["10.0.0.0/8"]')
    assert.equal(rows.get('log[embedded].directory')?.fallback, '".tapwire/log"')
  })

  test('describes each key of its own', () => {
    const own = keysOf(rootSchema([]))
    assert.deepEqual(
      own.filter(row => row.description === '').map(row => row.path),
      [],
    )
  })

  test('shows what is set, secrets by their origin', () => {
    const config = loadConfig('workers: 3\nflowHashKey: { env: KEY }', 'f', SCHEMA, {
      env: { KEY: '12345678' },
      readFile: () => '',
    })
    const text = explain(SCHEMA, config)
    assert.match(text, /^workers {2}\("auto" \| whole number 1\.\.64, default "auto"\)\n {4}Threads .*\n {4}now: 3$/m)
    assert.match(text, /now: "\[secret from env KEY\]"/)
    assert.doesNotMatch(text, /12345678/)
  })
})

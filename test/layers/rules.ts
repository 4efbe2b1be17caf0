/**
 * Who may import whom:
 *
 *   schemas ◄── everyone, and imports nothing of ours
 *   producers, processors, sinks ──► schemas             never each other, never infra
 *   infra/{bus,runtime,telemetry} ──► schemas            each for itself
 *   infra/cli ──► everything                             infra/{setup,sample}: nothing
 *   test ──► everything; *.test.ts ──► also #test, and inside infra its other parts
 */
import {
  type Import,
  importsOf,
  isTestCode,
  packageOf,
  parseSource,
  resolveImport,
  type Source,
  type Violation,
} from './source.ts'

/** What a file may import besides its own unit, by the unit it belongs to. */
const MAY_IMPORT: readonly (readonly [unit: RegExp, targets: RegExp, said: string])[] = [
  [/^schemas$/, /^$/, 'schemas imports nothing of ours'],
  [
    /^(producers|processors|sinks)\//,
    /^schemas$/,
    'a component imports only #schemas: never another component, never infra',
  ],
  [
    /^infra\/(bus|runtime|telemetry)$/,
    /^schemas$/,
    'infra/bus, infra/runtime and infra/telemetry import only #schemas',
  ],
  [/^infra\/(setup|sample)$/, /^$/, 'what runs before the set-up imports nothing of ours'],
  [/^infra\/deploy$/, /^(producers\/envoy|schemas)$/, 'infra/deploy is files for others, made of what they deploy'],
  [/^(infra\/cli|test)$/, /./, ''],
]

/** The folders from which a package may be imported. One that is missing here is imported nowhere. Tests may use all. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['zod', ['']],
  ['@msgpack/msgpack', ['schemas/', 'infra/runtime/']],
  ['avsc', ['schemas/avro/']],
  ['yaml', ['schemas/config/']],
  ['lmdb', ['infra/bus/embedded/']],
  ['kafkajs', ['infra/bus/kafka/']],
  ['cap', ['producers/pcap/']],
  ['@kubernetes/client-node', ['producers/ebpf/kubernetes/']],
  ['pino', ['infra/telemetry/', 'sinks/log/']],
  ['prom-client', ['infra/telemetry/']],
  ['re2js', ['processors/', 'infra/runtime/masking/']],
  ['typescript', ['test/']],
  ['testcontainers', ['test/']],
  ['ajv', ['test/']],
  ['@grpc/grpc-js', ['test/']],
  ['protobufjs', ['test/']],
])

/** Node's modules that a pure function can use. */
const PURE_MODULES = new Set(['node:buffer', 'node:util', 'node:zlib'])

export function layerViolations(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap(source => {
    const violation = (line: number, rule: string): Violation => ({ path: source.path, line, rule })
    return importsOf(parseSource(source)).flatMap(imported => {
      const rule = brokenRule(source.path, imported)
      return rule === null ? [] : [violation(imported.line, rule)]
    })
  })
}

function brokenRule(path: string, { specifier }: Import): string | null {
  const isTest = isTestCode(path)
  const target = resolveImport(path, specifier)
  if (target !== null) return brokenLayer(path, target, isTest)
  if (specifier.startsWith('node:')) {
    const pure = !path.startsWith('processors/') || isTest || PURE_MODULES.has(specifier)
    return pure ? null : `a processor is a pure function of its input: ${specifier} is not for processors`
  }
  const name = packageOf(specifier)
  const allowed = PACKAGES.get(name)
  if (allowed === undefined) return `the package ${name} has no place in test/layers/rules.ts`
  const here = path.startsWith('test/') || allowed.some(folder => path.startsWith(folder))
  return here ? null : `${name} may be imported only in ${allowed.join(' and ')}`
}

function brokenLayer(path: string, target: string, isTest: boolean): string | null {
  const [own, other] = [unitOf(path), unitOf(target)]
  if (own === other || (isTest && other === 'test')) return null
  // A test of the runtime needs a log, and a test of the log a runtime.
  if (isTest && own.startsWith('infra/') && other.startsWith('infra/')) return null
  const row = MAY_IMPORT.find(([unit]) => unit.test(own))
  if (row === undefined) return `${own} is no layer of the design`
  return row[1].test(other) ? null : `imports ${target}: ${row[2]}`
}

/** What stands or falls together: a component, a part of infra, or a whole layer. */
function unitOf(path: string): string {
  const [layer = '', part = ''] = path.split('/')
  return layer === 'schemas' || layer === 'test' ? layer : `${layer}/${part}`
}

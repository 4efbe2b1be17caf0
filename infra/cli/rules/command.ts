/** What `tapwire rules test|bench|explain` does. */
import { relative, resolve } from 'node:path'
import type { Config } from '#processors/detect/config.ts'
import { explainExchange } from '#processors/detect/explain.ts'
import { checkPack, compilePack } from '#processors/detect/rules/pack.ts'
import { testRule } from '#processors/detect/rules/tests.ts'
import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Io } from '../command.ts'
import { type Components, loadComponents } from '../components.ts'
import { readSettings } from '../config.ts'
import { printable } from '../printable.ts'
import { benchExchanges, renderCosts } from './bench.ts'
import { explanationJson, renderExplanation } from './render.ts'
import { exchangesOf, requestIn } from './request.ts'
import { readPacks } from './sources.ts'

export async function runRules(args: Args, io: Io): Promise<number> {
  const [word, ...names] = args.positionals
  switch (word) {
    case 'test':
      return test(names, args, io)
    case 'bench':
      return bench(names, args, io)
    case 'explain':
      return explain(names, args, io)
    default:
      throw new Usage("rules test, rules bench or rules explain: see 'tapwire rules --help'")
  }
}

interface Ready {
  readonly components: Components
  readonly processors: Readonly<Record<string, unknown>>
  readonly config: Config
  readonly decoders: readonly DecoderSpec[]
  readonly detectors: readonly DetectorSpec[]
}

async function ready(args: Args, io: Io): Promise<Ready> {
  const components = await loadComponents()
  const { processors, warnings } = readSettings(components, args.text('config'), io.cwd, io.env)
  for (const warning of warnings) io.stderr.write(`tapwire: warning: ${warning}\n`)
  const config = components.processors.get('detect')!.config.parse(processors['detect'] ?? {}) as Config
  const { decoders, detectors } = components.parts.get('detect')! as Record<string, readonly unknown[]>
  return {
    components,
    processors,
    config,
    decoders: decoders as readonly DecoderSpec[],
    detectors: detectors as readonly DetectorSpec[],
  }
}

/** Exit code 1 when one failed. */
async function test(names: readonly string[], args: Args, io: Io): Promise<number> {
  const files = names.length > 0 ? readPacks({ packs: [], files: names }, io.cwd) : await configured(args, io)
  const results = files.map(file => {
    const { name, rules } = compilePack(checkPack(file))
    const tests = rules.reduce((sum, { tests: { positive, negative } }) => sum + positive.length + negative.length, 0)
    return { file: file.name, pack: name, rules: rules.length, tests, failures: rules.flatMap(testRule) }
  })
  const failed = results.some(({ failures }) => failures.length > 0)
  if (args.is('json')) io.stdout.write(`${JSON.stringify({ packs: results })}\n`)
  else {
    for (const { file, pack, rules, tests, failures } of results) {
      for (const { rule, expected, value, because } of failures)
        io.stdout.write(`${file}: ${rule}: ${JSON.stringify(printable(value))} should be ${expected}: ${because}\n`)
      io.stdout.write(`${pack}: ${rules} rules, ${tests} tests, ${failures.length} failed\n`)
    }
  }
  return failed ? 1 : 0
}

async function configured(args: Args, io: Io) {
  const components = await loadComponents()
  const { root, directory } = readSettings(components, args.text('config'), io.cwd, io.env)
  return readPacks((root.processors['detect'] as Config).rules, directory)
}

async function bench(names: readonly string[], args: Args, io: Io): Promise<number> {
  const { components, processors, config, decoders, detectors } = await ready(args, io)
  if (names.length === 0) throw new Usage('rules bench needs traffic to measure with: name a capture')
  const exchanges = []
  for (const name of names) {
    for await (const exchange of exchangesOf(name, { components, processors, io })) exchanges.push(exchange)
  }
  if (exchanges.length === 0) throw new Usage(`rules bench: no exchange in ${names.join(', ')}`)
  const costs = benchExchanges({ config, decoders, detectors }, exchanges)
  io.stdout.write(args.is('json') ? `${JSON.stringify(costs)}\n` : renderCosts(costs))
  return 0
}

async function explain(names: readonly string[], args: Args, io: Io): Promise<number> {
  const [name, ...more] = names
  if (name === undefined || more.length > 0)
    throw new Usage('rules explain needs one request: a file, - for standard input, or a capture with --exchange')
  const { components, processors, config, decoders, detectors } = await ready(args, io)
  const file = name === '-' ? '-' : relative(io.cwd, resolve(io.cwd, name))
  const exchange = await requestIn(file, {
    components,
    processors,
    io,
    host: args.text('host'),
    response: args.text('response'),
    exchange: args.text('exchange'),
  })
  const explanation = explainExchange(config, decoders, detectors, exchange)
  const json = args.is('json')
  io.stdout.write(
    json
      ? `${JSON.stringify(explanationJson(exchange, explanation))}\n`
      : renderExplanation(exchange, explanation, args.is('all')),
  )
  return 0
}

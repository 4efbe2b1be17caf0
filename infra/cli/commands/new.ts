/** `tapwire new`: a component from a template that passes its own tests (infra/cli/templates). */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { closest } from '#schemas/config/closest.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Command, Io } from '../command.ts'
import { ROOT } from '../components.ts'

/** Where the components of a kind live, and what remains to be done by their author. */
const KINDS = {
  producer: { folder: 'producers', next: 'name it under producers in the configuration' },
  processor: { folder: 'processors', next: 'publish its topic: schemas/avro/topics.ts and an Avro schema' },
  sink: { folder: 'sinks', next: 'name it under sinks in the configuration' },
  protocol: { folder: 'processors/http/protocols', next: 'nothing: the HTTP stage probes it from the next start on' },
  decoder: { folder: 'processors/detect/decoders', next: 'nothing: it is applied from the next start on' },
  detector: { folder: 'processors/detect/detectors', next: 'nothing: it looks for its attack from the next start on' },
} as const
type Kind = keyof typeof KINDS
const KIND_NAMES = Object.keys(KINDS) as readonly Kind[]

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const LONGEST_NAME = 40
/** What the templates are called, in names of files too. */
const TEMPLATE_NAME = 'example'

export const newComponent: Command = {
  name: 'new',
  positionals: 'KIND NAME',
  summary: 'Write a component from a working template',
  flags: {},
  examples: [
    ['tapwire new detector leaked-keys', 'a detector in processors/detect/detectors/leaked-keys'],
    ['tapwire new sink pager', 'a sink in sinks/pager'],
  ],
  notes: [
    `Kinds: ${KIND_NAMES.join(', ')}.`,
    'The new folder holds index.ts, a README in three parts, and tests that pass. Run it inside a checkout.',
  ],
  run: runNew,
}

async function runNew(args: Args, io: Io): Promise<number> {
  const [kindName, name, ...rest] = args.positionals
  if (kindName === undefined || name === undefined || rest.length > 0)
    throw new Usage(`expected a kind and a name, e.g. 'tapwire new sink pager'; kinds are ${KIND_NAMES.join(', ')}`)
  const kind = kindOf(kindName)
  if (!NAME.test(name) || name.length > LONGEST_NAME)
    throw new Usage(
      `name ${JSON.stringify(name)}: expected lower-case words with hyphens, e.g. leaked-keys, at most ${LONGEST_NAME} letters`,
    )
  const project = projectAround(io.cwd)
  const folder = join(KINDS[kind].folder, name)
  const target = join(project, folder)
  if (existsSync(target)) throw new Usage(`${relative(io.cwd, target)} exists already: choose another name`)
  const files = copyTemplate(kind, name, target)
  io.stdout.write(
    [
      `A ${kind} that works, to be changed into yours:`,
      ...files.map(file => `  ${join(folder, file)}`),
      '',
      `Test it:  infra/tapwire test ${folder}`,
      `To do:    ${KINDS[kind].next}`,
      '',
    ].join('\n'),
  )
  return 0
}

function kindOf(word: string): Kind {
  const kind = KIND_NAMES.find(known => known === word)
  if (kind !== undefined) return kind
  const hint = closest(word, KIND_NAMES)
  throw new Usage(
    `unknown kind ${JSON.stringify(word)}${hint === null ? '' : ` (did you mean ${hint}?)`}: kinds are ${KIND_NAMES.join(', ')}`,
  )
}

/** The checkout that `folder` is in: the nearest package.json called tapwire. */
function projectAround(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json')
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === 'tapwire') return at
    if (at === dirname(at)) throw new Usage(`${folder} is in no checkout of Tapwire: run it inside one`)
  }
}

/** Returns the files it wrote, sorted, relative to `target`. */
function copyTemplate(kind: Kind, name: string, target: string): readonly string[] {
  const template = join(ROOT, 'infra/cli/templates', kind)
  const files: string[] = []
  for (const entry of readdirSync(template, { recursive: true, encoding: 'utf8' })) {
    if (statSync(join(template, entry)).isDirectory()) continue
    const file = entry.replaceAll(TEMPLATE_NAME, name)
    mkdirSync(dirname(join(target, file)), { recursive: true })
    writeFileSync(join(target, file), rename(readFileSync(join(template, entry), 'utf8'), name))
    files.push(file)
  }
  return files.toSorted()
}

/** `example` becomes `leaked-keys`, `Example` becomes `LeakedKeys`. */
function rename(text: string, name: string): string {
  const pascal = name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return text.replaceAll(TEMPLATE_NAME, name).replaceAll('Example', pascal)
}

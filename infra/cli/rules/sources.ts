/** Rule packs as files: found, read, checked, and put into the configuration of the detect stage as texts. */
import { hash } from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Config } from '#processors/detect/config.ts'
import { checkPack, type PackFile } from '#processors/detect/rules/pack.ts'
import { closest } from '#schemas/config/closest.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { ROOT } from '../components.ts'

const PACKS = join(ROOT, 'processors/detect/rules/packs')
const DETECT = join(ROOT, 'processors/detect')
const MAX_PACK_BYTES = 1024 * 1024

type Given = Readonly<Record<string, unknown>>
type Wanted = { readonly [Key in 'packs' | 'files']: readonly string[] }

/**
 * The unparsed configuration of the processors with the texts of the packs that `detect` names, and with the hash of what is
 * built in. Throws `Usage`: a file that cannot be read, or `file:line:column` of what is wrong in one.
 */
export function withRules(processors: Given, detect: unknown, directory: string): Given {
  const config = detect as Config | undefined
  if (config === undefined) return processors
  const sources = [...config.rules.sources, ...readPacks(config.rules, directory).map(checkPack)]
  const own = (processors['detect'] ?? {}) as { readonly rules?: Given }
  return { ...processors, detect: { ...own, engine: engineName(), rules: { ...own.rules, sources } } }
}

/** Texts of the packs, in the order in which they are named. */
export function readPacks(wanted: Wanted, directory: string): readonly PackFile[] {
  return packPaths(wanted, directory).map(path => ({
    name: shortName(path, directory),
    text: readPack(path, directory),
  }))
}

/** What tells whether they have to be read again: of each file its path, time and size. */
export function packStamp(wanted: Wanted, directory: string): string {
  const stamps = packPaths(wanted, directory).map(path => {
    const stat = statSync(path, { throwIfNoEntry: false })
    return `${path} ${stat?.mtimeMs} ${stat?.size}`
  })
  return stamps.join('\n')
}

/** Absolute paths of the files; a folder stands for the YAML files in it. */
export function packPaths({ packs, files }: Wanted, directory: string): readonly string[] {
  const known = existsSync(PACKS) ? globSync('*.yaml', { cwd: PACKS }).map(file => file.slice(0, -5)) : []
  for (const name of packs) {
    if (known.includes(name)) continue
    const hint = closest(name, known)
    throw new Usage(
      `processors.detect.rules.packs: no pack ${JSON.stringify(name)}${hint === null ? '' : ` (did you mean ${hint}?)`}: there are ${known.join(', ')}`,
    )
  }
  return [
    ...packs.map(name => join(PACKS, `${name}.yaml`)),
    ...files.flatMap(file => filesAt(resolve(directory, file), file)),
  ]
}

function filesAt(path: string, given: string): readonly string[] {
  if (!existsSync(path)) throw new Usage(`rules: ${given} does not exist: give a YAML file or a folder of them`)
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter(name => /\.ya?ml$/.test(name))
  return names.toSorted().map(name => join(path, name))
}

function readPack(path: string, directory: string): string {
  const name = shortName(path, directory)
  try {
    if (statSync(path).size > MAX_PACK_BYTES)
      throw new Usage(`${name}: larger than ${MAX_PACK_BYTES} bytes: not a rule pack`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Usage) throw error
    throw new Usage(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function shortName(path: string, directory: string): string {
  const near = relative(directory, path)
  return near.startsWith('..') ? (path.startsWith(PACKS) ? `packs/${relative(PACKS, path)}` : path) : near
}

let engine: string | null = null

/** `tapwire@<hash>` of everything that decides what built-in detectors find. */
function engineName(): string {
  if (engine !== null) return engine
  const files = globSync('**/*.{ts,js}', { cwd: DETECT })
    .filter(file => !/\.test\.|testdata/.test(file))
    .toSorted()
  const texts = files.map(file => `${file}\n${readFileSync(join(DETECT, file), 'utf8')}`)
  return (engine = `tapwire@${hash('sha256', texts.join('\n'), 'hex').slice(0, 16)}`)
}

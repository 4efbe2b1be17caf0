/**
 * A target is a file test/fuzz/<name>.ts. Its default export gets bytes that nobody has looked at; whatever it throws is
 * a finding. It asserts what must hold for every input: laws, round trips, the same answer as the slow twin.
 */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DICTIONARIES, HTTP } from './dictionaries.ts'

export interface TargetModule {
  default(data: Uint8Array): void | Promise<void>
  /** Tokens of its grammar. Default: those of HTTP, or of the name's first word in dictionaries.ts. */
  readonly dictionary?: readonly string[]
  /** Inputs to start from that are better made than stored. */
  seeds?(): readonly Uint8Array[]
}

export interface Target {
  readonly name: string
  readonly run: TargetModule['default']
  readonly dictionary: readonly string[]
  /** Never empty. */
  readonly seeds: readonly Uint8Array[]
}

const FOLDER = join(import.meta.dirname, '..')

/** Names of all targets, sorted. */
export function targetNames(): readonly string[] {
  return globSync('*.ts', { cwd: FOLDER })
    .filter(file => file !== 'run.ts' && !file.endsWith('.test.ts'))
    .map(file => basename(file, '.ts'))
    .toSorted()
}

export function targetFile(name: string): string {
  return join(FOLDER, `${name}.ts`)
}

export async function loadTarget(file: string): Promise<Target> {
  const module = (await import(pathToFileURL(file).href)) as TargetModule
  const name = basename(file, '.ts')
  const stored = join(FOLDER, 'corpus', name)
  const seeds = [
    ...(existsSync(stored) ? readdirSync(stored).toSorted() : []).map(seed => readFileSync(join(stored, seed))),
    ...(module.seeds?.() ?? []),
  ]
  return {
    name,
    run: module.default,
    dictionary: module.dictionary ?? DICTIONARIES.get(name.split('-')[0]!) ?? HTTP,
    seeds: seeds.length > 0 ? seeds : [new Uint8Array(0)],
  }
}

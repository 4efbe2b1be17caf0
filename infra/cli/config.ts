/** The configuration of a run: a file's, or all defaults. The command line is the only place that knows files and environment. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { checkDocument } from '#schemas/config/load.ts'
import { ownSettings, type RootConfig, rootSchema } from '#schemas/config/root.ts'
import type { SecretSources } from '#schemas/config/secret.ts'
import type { ComponentSpec } from '#schemas/contracts/component.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Components } from './components.ts'
import { readConfig } from './import/index.ts'
import { said } from './import/render.ts'
import { withRules } from './rules/sources.ts'

const MAX_CONFIG_BYTES = 4 * 1024 * 1024
const MAX_SECRET_BYTES = 1024 * 1024

export interface Settings {
  /** Checked, defaults filled in. */
  readonly root: RootConfig
  /** What the file says per processor, unparsed … */
  readonly given: Readonly<Record<string, unknown>>
  /** … and with the rules that it names: plain data that can go to worker threads. */
  readonly processors: Readonly<Record<string, unknown>>
  /** Valid but unwise, one line each. */
  readonly warnings: readonly string[]
  /** Relative paths start here: the file's directory, or the working directory. */
  readonly directory: string
}

export function schemaFor(components: Components) {
  return rootSchema([...components.producers.values(), ...components.processors.values(), ...components.sinks.values()])
}

/** Throws `Usage` (exit code 2) naming every problem with its place. No file: defaults. */
export function readSettings(
  components: Components,
  file: string | undefined,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Settings {
  const path = file === undefined ? null : resolve(cwd, file)
  const text = path === null ? '' : readText(path, file!)
  const directory = path === null ? cwd : dirname(path)
  const sources: SecretSources = {
    env,
    readFile: name => readFileSync(resolve(directory, name), { encoding: 'utf8' }).slice(0, MAX_SECRET_BYTES),
  }
  const { document, imported } = readConfig(text, file ?? '')
  const root = checkDocument(document, file ?? '(defaults)', schemaFor(components), sources)
  const given = (document.value ?? {}) as { readonly processors?: Readonly<Record<string, unknown>> }
  const processors = withRules(given.processors ?? {}, root.processors['detect'], directory)
  const notes = imported?.notes.map(said) ?? []
  return {
    root,
    given: given.processors ?? {},
    processors,
    warnings: [...notes, ...warningsOf(components, root)],
    directory,
  }
}

function warningsOf(components: Components, root: RootConfig): string[] {
  const processors = [...components.processors.values()].flatMap(
    spec => spec.warnings?.(root.processors[spec.name]) ?? [],
  )
  const listed = (specs: ReadonlyMap<string, ComponentSpec<unknown>>, entries: RootConfig['producers']): string[] =>
    entries.flatMap(entry => {
      const spec = specs.get(entry.type)!
      return [...(spec.warnings?.(spec.config.parse(ownSettings(entry))) ?? [])]
    })
  return [...processors, ...listed(components.producers, root.producers), ...listed(components.sinks, root.sinks)]
}

export function readText(path: string, name: string): string {
  try {
    if (statSync(path).size > MAX_CONFIG_BYTES)
      throw new Usage(`${name}: larger than ${MAX_CONFIG_BYTES} bytes: not a configuration`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Usage) throw error
    throw new Usage(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code}): give the path of a YAML file`)
  }
}

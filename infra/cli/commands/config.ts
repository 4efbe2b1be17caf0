import { resolve } from 'node:path'
import { explain } from '#schemas/config/explain.ts'
import { checkDocument } from '#schemas/config/load.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Command, Io } from '../command.ts'
import { type Components, loadComponents } from '../components.ts'
import { readSettings, readText, schemaFor } from '../config.ts'
import { readConfig } from '../import/index.ts'
import { renderImport, said } from '../import/render.ts'

export const config: Command = {
  name: 'config',
  positionals: 'check FILE | explain [FILE] | import FILE',
  summary: 'Check a configuration, explain every key, or turn a file of the Wallarm Native Node into one',
  flags: {},
  examples: [
    ['tapwire config check tapwire.yaml', 'every problem with its line, or what the file sets up'],
    ['tapwire config explain', 'all keys with type, default and meaning'],
    ['tapwire config explain tapwire.yaml', 'the same, with what this file sets them to (never secrets)'],
    ['tapwire config import wallarm-node.yaml > tapwire.yaml', 'what such a file sets up, in our form'],
  ],
  notes: ['Every command takes such a file as it is.', 'Exit code 2 when the configuration has problems.'],
  run: runConfig,
}

async function runConfig(args: Args, io: Io): Promise<number> {
  const [what, file, ...rest] = args.positionals
  if (rest.length > 0) throw new Usage(`one file at a time: ${rest.join(' ')} is too much`)
  const components = await loadComponents()
  if (what === 'import') return importFile(file, components, io)
  if (what === 'explain') {
    const value = file === undefined ? undefined : readSettings(components, file, io.cwd, io.env).root
    io.stdout.write(explain(schemaFor(components), value))
    return 0
  }
  if (what !== 'check')
    throw new Usage("config check FILE, config explain [FILE], or config import FILE: see 'tapwire config --help'")
  if (file === undefined) throw new Usage("which file? e.g. 'tapwire config check tapwire.yaml'")
  const { root, warnings } = readSettings(components, file, io.cwd, io.env)
  for (const warning of warnings) io.stderr.write(`${file}: warning: ${warning}\n`)
  const names = (list: readonly { readonly type: string; readonly name: string }[]): string =>
    list.length === 0 ? 'none' : list.map(({ type, name }) => (name === type ? type : `${name} (${type})`)).join(', ')
  io.stdout.write(
    `${file}: ok; producers: ${names(root.producers)}; sinks: ${names(root.sinks)}; log: ${root.log.kind}\n`,
  )
  return 0
}

/** The configuration goes to stdout, what there is to know about it to stderr. Nothing is printed when something is wrong. */
function importFile(file: string | undefined, components: Components, io: Io): number {
  if (file === undefined) throw new Usage("which file? e.g. 'tapwire config import wallarm-node.yaml'")
  const { document, imported } = readConfig(readText(resolve(io.cwd, file), file), file)
  checkDocument(document, file, schemaFor(components))
  if (imported === null) throw new Usage(`${file}: is in our form already: every command takes it as it is`)
  for (const note of imported.notes) io.stderr.write(`${file}:${note.line}:${note.column} ${said(note)}\n`)
  io.stdout.write(renderImport(imported, file))
  return 0
}

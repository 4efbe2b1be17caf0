import { explain } from '#schemas/config/explain.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Args, Command, Io } from '../command.ts'
import { loadComponents } from '../components.ts'
import { readSettings, schemaFor } from '../config.ts'

export const config: Command = {
  name: 'config',
  positionals: 'check FILE | explain [FILE]',
  summary: 'Check a configuration, or explain every key',
  flags: {},
  examples: [
    ['tapwire config check tapwire.yaml', 'every problem with its line, or what the file sets up'],
    ['tapwire config explain', 'all keys with type, default and meaning'],
    ['tapwire config explain tapwire.yaml', 'the same, with what this file sets them to (never secrets)'],
  ],
  notes: ['Exit code 2 when the configuration has problems.'],
  run: runConfig,
}

async function runConfig(args: Args, io: Io): Promise<number> {
  const [what, file, ...rest] = args.positionals
  if (rest.length > 0) throw new Usage(`one file at a time: ${rest.join(' ')} is too much`)
  const components = await loadComponents()
  if (what === 'explain') {
    const value = file === undefined ? undefined : readSettings(components, file, io.cwd, io.env).root
    io.stdout.write(explain(schemaFor(components), value))
    return 0
  }
  if (what !== 'check') throw new Usage("config check FILE, or config explain [FILE]: see 'tapwire config --help'")
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

/** What a command is, how its flags are read and how its help looks. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { closest } from '#schemas/config/closest.ts'
import { Usage } from '#schemas/contracts/errors.ts'

/** Streams, place and environment of a run: the only way in and out, so that tests can bring their own. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Aborted by Ctrl-C or SIGTERM: stop cleanly. */
  readonly signal: AbortSignal
}

export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** What stands for the value in the help, e.g. `FILE`. */
  readonly value?: string
  readonly describe: string
}

export interface Command {
  readonly name: string
  /** Positional arguments as shown in the help, e.g. `CAPTURE...`. */
  readonly positionals: string
  readonly summary: string
  readonly flags: Readonly<Record<string, Flag>>
  /** Whole command lines with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** More for the help page: exit codes, what goes where. */
  readonly notes?: readonly string[]
  /** Resolves to the exit code. */
  run(args: Args, io: Io): Promise<number>
}

export interface Args {
  readonly positionals: readonly string[]
  /** The value of a string flag; undefined when it was not given. */
  text(flag: string): string | undefined
  is(flag: string): boolean
}

const HELP: Flag = { type: 'boolean', short: 'h', describe: 'Show this help' }

/** Null: help was asked for. Throws `Usage` with one line that says what to do. */
export function parseCommand(command: Command, argv: readonly string[]): Args | null {
  const flags: Record<string, Flag> = { ...command.flags, help: HELP }
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  )
  const known = new Set(Object.keys(flags))
  for (const word of argv) {
    if (word === '--') break
    const name = /^--([^=]+)/.exec(word)?.[1]
    if (name === undefined || known.has(name)) continue
    const hint = closest(name, known)
    throw new Usage(
      `unknown flag --${name}${hint === null ? '' : ` (did you mean --${hint}?)`}: see 'tapwire ${command.name} --help'`,
    )
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
    if (values['help'] === true) return null
    return {
      positionals,
      text: flag => values[flag] as string | undefined,
      is: flag => values[flag] === true,
    }
  } catch (error) {
    const message = (error as Error).message.split(/\.\s/)[0]!.replace(/'/g, '')
    throw new Usage(`${message.charAt(0).toLowerCase()}${message.slice(1)}: see 'tapwire ${command.name} --help'`)
  }
}

export function helpOf(command: Command): string {
  const left = ([name, flag]: [string, Flag]) =>
    `  ${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`
  const flags = Object.entries({ ...command.flags, help: HELP })
  const width = Math.max(...flags.map(flag => left(flag).length)) + 2
  return [
    `${command.summary}.`,
    '',
    `Usage: tapwire ${command.name} [flags]${command.positionals === '' ? '' : ` ${command.positionals}`}`,
    '',
    'Flags:',
    ...flags.map(flag => `${left(flag).padEnd(width)}${flag[1].describe}`),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, does]) => [`  # ${does}`, `  ${line}`]),
    ...(command.notes === undefined ? [] : ['', ...command.notes]),
    '',
  ].join('\n')
}

/** Names of values that say what they are for. */

/** Values of these names are run by whoever reads them. */
const COMMANDS: ReadonlySet<string> = new Set([
  'cmd',
  'command',
  'exec',
  'execute',
  'shell',
  'system',
  'cmdline',
  'commandline',
  'command_line',
  'cmd_line',
  'run_cmd',
  'runcmd',
  'shell_exec',
  'syscmd',
  'exec_cmd',
])

/** Headers with a meaning of their own, which no command line is. */
const HEADERS: ReadonlySet<string> = new Set([
  'USER-AGENT',
  'REFERER',
  'COOKIE',
  'X-FORWARDED-FOR',
  'ACCEPT',
  'ORIGIN',
  'HOST',
  'ACCEPT-LANGUAGE',
])

/** Names of values that programs take as they are. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'code',
  'arg',
  'args',
  'argument',
  'payload',
  'run',
  'process',
  'daemon',
  'ping',
])

/** Headers that name a file to be stored. */
const FILES: ReadonlySet<string> = new Set(['x-filename', 'x_filename', 'x.filename', 'x-file-name', '_filename'])

/**
 *  - `command`: what the value holds is run
 *  - `file`: it names a file that is uploaded
 *  - `parameter`: a rare name of a command is believed in it, also without arguments
 */
export type Telling = 'command' | 'file' | 'parameter' | null

export const wantedNames: readonly string[] = [...COMMANDS, ...FILES]

export function tellingOf(point: readonly string[]): Telling {
  const last = nameOf(point)
  if (COMMANDS.has(last)) return 'command'
  if (FILES.has(last)) return 'file'
  if (PARAMETERS.has(last)) return 'parameter'
  return point[0] === 'header' && point.length === 2 && HEADERS.has(point[1]!) ? 'parameter' : null
}

/** `["cmd","array","0"]` and `["cmd","pollution"]` are values of `cmd`. */
function nameOf(point: readonly string[]): string {
  const last = point.at(-1) ?? ''
  const name = last === 'pollution' ? point.at(-2) : point.at(-2) === 'array' ? point.at(-3) : last
  return (name ?? '').toLowerCase()
}

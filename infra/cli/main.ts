/**
 * The command line. Exit codes: 0 done; 1 an input could not be read or something failed (said on stderr); 2 wrong usage
 * or configuration, in one line that says what to do; 130 interrupted.
 */

import { closest } from '#schemas/config/closest.ts'
import { Refused, Retryable, Usage } from '#schemas/contracts/errors.ts'
import { type Command, helpOf, type Io, parseCommand } from './command.ts'
import { COMMANDS } from './commands.ts'

/** Commands with a state to save: an interrupted one takes the time it needs. */
const SAVING: ReadonlySet<string | undefined> = new Set(['run', 'start'])
/** What the others get after Ctrl-C. */
const GRACE_MS = 800

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const command = COMMANDS.find(known => known.name === rest[0])
    io.stdout.write(command === undefined ? overview() : helpOf(command))
    return name === undefined ? 2 : 0
  }
  try {
    const command = find(name)
    const args = parseCommand(command, rest)
    if (args !== null) return await command.run(args, io)
    io.stdout.write(helpOf(command))
    return 0
  } catch (error) {
    return report(error, io, name)
  }
}

function find(name: string): Command {
  const command = COMMANDS.find(known => known.name === name)
  if (command !== undefined) return command
  const hint = closest(
    name,
    COMMANDS.map(known => known.name),
  )
  throw new Usage(
    `unknown command ${JSON.stringify(name)}${hint === null ? '' : ` (did you mean ${hint}?)`}: see 'tapwire --help'`,
  )
}

function report(error: unknown, io: Io, name: string): number {
  if (error instanceof Usage) {
    io.stderr.write(`tapwire: ${error.message}\n`)
    return 2
  }
  if (error instanceof Refused || error instanceof Retryable) {
    io.stderr.write(`tapwire: ${error.message}\n`)
    return 1
  }
  if (io.signal.aborted) return interrupted(io, name)
  io.stderr.write(
    `tapwire: internal error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return 1
}

/** Says how to go on. */
function interrupted(io: Io, name: string | undefined): number {
  const how = SAVING.has(name) ? 'goes on from here' : 'starts from the beginning'
  io.stderr.write(`tapwire: interrupted: the same command ${how}\n`)
  return 130
}

/** Resolves when a command that saves nothing has been given its time after Ctrl-C: opening a named pipe ends for nobody. */
function overdue(io: Io, name: string | undefined): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  if (SAVING.has(name)) return promise
  const waitOnce = (): void => void setTimeout(() => resolve(interrupted(io, name)), GRACE_MS).unref()
  io.signal.addEventListener('abort', waitOnce, { once: true })
  return promise
}

/**
 * Ends the process. `process.exit` waits for calls to the operating system that are under way, and opening or reading a
 * named pipe may be under way for ever: then the process ends by SIGINT itself, which a shell reports as 130 too.
 */
function leave(code: number): never {
  if (code === 130 && process.getActiveResourcesInfo().some(name => name.startsWith('FSReq'))) {
    process.removeAllListeners('SIGINT')
    process.kill(process.pid, 'SIGINT')
  }
  process.exit(code)
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(command => command.name.length)) + 3
  return [
    'Tapwire watches API traffic out of band: captures in, HTTP exchanges and detections out.',
    '',
    'Usage: tapwire COMMAND [flags]',
    '',
    'Commands:',
    ...COMMANDS.map(command => `  ${command.name.padEnd(width)}${command.summary}`),
    '',
    "'tapwire COMMAND --help' shows flags and examples.",
    '',
  ].join('\n')
}

/** Runs with the real streams: Ctrl-C once stops cleanly, twice at once. */
export async function runMain(argv: readonly string[]): Promise<never> {
  const stop = new AbortController()
  const interrupt = (): void => {
    if (stop.signal.aborted) leave(130)
    stop.abort(new Error('interrupted'))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // Whoever reads our output may leave (`| head`): that is an end, not an error.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    process.exit(0)
  })
  const { stdin, stdout, stderr, env } = process
  const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: stop.signal }
  const code = await Promise.race([main(argv, io), overdue(io, argv[0])])
  if (stdout.writableLength > 0) await new Promise<void>(resolve => stdout.write('', () => resolve()))
  leave(code)
}

if (import.meta.main) await runMain(process.argv.slice(2))

/** From a filter expression (pcap-filter(7)) to a program: tcpdump compiles it, because nobody knows that language better. */
import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { Usage } from '#schemas/contracts/errors.ts'
import { type Program, parseProgram } from './program.ts'

/** Names of hosts are looked up, and large expressions take seconds to optimize. */
const PATIENCE_MS = 10_000
/** A program of 4096 instructions has less than 30 bytes a line. */
const MAX_OUTPUT = 256 * 1024
const LONGEST_MESSAGE = 500
/** Debian keeps tcpdump out of some users' PATH. */
const PATH = [process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin'].filter(Boolean).join(delimiter)

interface Ended {
  readonly error: (Error & { readonly code?: unknown; readonly killed?: boolean }) | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * The expression as a program for Ethernet frames. `command` is a parameter for tests. Throws `Usage` when tcpdump cannot be
 * run, does not understand the expression (with its own words), or makes a program with loops of it.
 */
export async function compileFilter(expression: string, command = 'tcpdump'): Promise<Program> {
  const { error, stdout, stderr } = await run(command, ['-ddd', '-y', 'EN10MB', '--', expression])
  const fail = (what: string): never => {
    throw new Usage(`filter ${JSON.stringify(expression.slice(0, LONGEST_MESSAGE))}: ${what}`)
  }
  if (error?.code === 'ENOENT') fail(`needs ${command} to compile it: install tcpdump (npm run setup)`)
  if (error?.killed === true) fail(`${command} did not compile it within ${PATIENCE_MS / 1000} s`)
  if (error !== null) fail(messageOf(stderr) || messageOf(error.message))
  const program = parseProgram(stdout)
  return 'problem' in program ? fail(`cannot be run here: ${program.problem}`) : program
}

/** No shell: the expression is one argument, and cannot be an option behind `--`. */
function run(command: string, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, PATH, LC_ALL: 'C' }
  const options = { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const
  return new Promise(resolve => {
    const child = execFile(command, args, options, (error, stdout, stderr) => resolve({ error, stdout, stderr }))
    child.stdin?.end()
  })
}

/** In one line, without the name of the program. */
function messageOf(text: string): string {
  return text
    .replaceAll(/^tcpdump: /gm, '')
    .trim()
    .replaceAll(/\s+/g, ' ')
    .slice(0, LONGEST_MESSAGE)
}

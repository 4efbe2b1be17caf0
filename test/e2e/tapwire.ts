/** Runs the command line as a user does: a process of its own, its output and exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ROOT } from '#infra/cli/components.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Parsed JSON lines of stdout. */
  lines<T = Record<string, unknown>>(): T[]
}

export interface Options {
  readonly cwd?: string
  readonly stdin?: Uint8Array
  /** Standard input stays open and says nothing. */
  readonly keepStdin?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Called with the running process: to kill it, or to close its output. */
  readonly during?: (child: ChildProcess) => void
}

/** A process that hangs fails its test with what it printed, not with the runner's patience. */
const PATIENCE_MS = 120_000

export async function tapwire(args: readonly string[], options: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, 'infra', 'tapwire'), ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', chunk => err.push(chunk))
  child.stdin.on('error', () => {}) // it may end before it has read everything
  if (options.keepStdin !== true) child.stdin.end(options.stdin)
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  options.during?.(child)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(resolve => {
    child.on('close', (status, by) => resolve([status, by]))
  })
  clearTimeout(patience)
  const stdout = Buffer.concat(out).toString()
  return {
    code,
    signal,
    stdout,
    stderr: Buffer.concat(err).toString(),
    lines: <T>() =>
      stdout
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as T),
  }
}

/** A folder that is gone after the test. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

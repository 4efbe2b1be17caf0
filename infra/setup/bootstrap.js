// The way from any Node to a running task, each step at most once:
//
//   any Node ──too old──► install Node 24 ──► run infra/tapwire again with it (a child process)
//      └─24 or newer──► dependencies as the lock file says? ──no──► npm ci
//                          └─yes──► import the task in this process
import module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inPlace } from './installed.js'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What a set-up makes lives here, except node_modules. */
export const CACHE = join(ROOT, '.tapwire')
export const NODE_VERSION = '24.21.0'
const OLDEST_MAJOR = 24

/** Tasks of a checkout. Every other word is a command of the command line, `start` included. */
const TASKS = new Map([
  ['test', 'test/run.ts'],
  ['lint', 'test/lint.ts'],
  ['bench', 'test/bench/run.ts'],
  ['fuzz', 'test/fuzz/run.ts'],
  ['chaos', 'test/chaos/run.ts'],
  ['setup', 'infra/setup/system.ts'],
])
const COMMAND_LINE = 'infra/cli/main.ts'

/**
 * Which module runs for these arguments, and with which.
 * @param {readonly string[]} args
 */
export function chooseTask(args) {
  const task = TASKS.get(args[0] ?? '')
  return task ? { module: task, args: args.slice(1) } : { module: COMMAND_LINE, args }
}

/** @param {string} version `process.versions.node` */
export function oldNode(version) {
  return Number.parseInt(version, 10) < OLDEST_MAJOR
}

/**
 * Every task module exports `runMain(args: readonly string[]): Promise<number>`; its result is the exit code.
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function bootstrap(args) {
  try {
    if (oldNode(process.versions.node)) {
      const { ensureNode } = await import('./node.js')
      const { runAgain } = await import('./again.js')
      return await runAgain(await ensureNode(CACHE, NODE_VERSION), [join(ROOT, 'infra/tapwire'), ...args])
    }
    if (!inPlace(ROOT)) {
      const { ensureDependencies } = await import('./dependencies.js')
      await ensureDependencies(ROOT, CACHE)
    }
  } catch (error) {
    const { SetupFailure } = await import('./failure.js')
    if (!(error instanceof SetupFailure)) throw error
    process.stderr.write(`tapwire: ${error.message}\n`)
    return 1
  }
  module.enableCompileCache(join(CACHE, 'compiled'))
  const task = chooseTask(args)
  const { runMain } = await import(pathToFileURL(join(ROOT, task.module)).href)
  return await runMain(task.args)
}

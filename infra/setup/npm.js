// Finds npm and runs it without noise: its output goes to a log that is shown in case of failure only.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, closeSync, constants, openSync, readFileSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { SetupFailure } from './failure.js'

/**
 * Path of npm's command line: the npm that runs us, the one beside this Node, or the first on PATH. Null when there is none.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} execPath
 */
export function findNpm(env, execPath) {
  const running = env['npm_execpath']
  if (running && basename(running) === 'npm-cli.js' && usable(running)) return running
  const bin = dirname(execPath)
  const beside = [join(bin, '../lib/node_modules/npm/bin/npm-cli.js'), join(bin, 'npm')]
  const onPath = (env['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'npm'))
  const found = [...beside, ...onPath].find(usable)
  return found ? realpathSync(found) : null
}

/** @param {string} file */
function usable(file) {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Runs npm to its end. Throws `SetupFailure` with npm's own reason.
 * @param {readonly string[]} args
 * @param {{ what: string, cwd: string, cache: string, env: Readonly<Record<string, string>> }} options
 */
export async function npm(args, { what, cwd, cache, env }) {
  const cli = findNpm(process.env, process.execPath)
  if (!cli) throw new SetupFailure(`npm is needed to install ${what}: install it (on Debian: apt-get install npm)`)
  const started = Date.now()
  process.stderr.write(`tapwire: installing ${what} …\n`)
  const log = join(cache, 'setup.log')
  const out = openSync(log, 'w')
  const words = [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  const [program, ...before] = cli.endsWith('.js') ? [process.execPath, cli] : [cli]
  const child = spawn(program, [...before, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', out, out],
  })
  const [code] = await once(child, 'close')
  closeSync(out)
  if (code !== 0)
    throw new SetupFailure(`npm could not install ${what}: ${reason(readFileSync(log, 'utf8'))} (all of it: ${log})`)
  process.stderr.write(`tapwire: installed ${what} in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

/**
 * The line of npm's output that says most.
 * @param {string} output
 */
function reason(output) {
  const said = /^npm (?:error|ERR!) (?!code |A complete log|path |errno |syscall )(.+)/m.exec(output)
  return said?.[1] ?? 'it gave no reason'
}

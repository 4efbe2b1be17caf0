// Runs the same command with another Node and ends as it ends.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { findNpm } from './npm.js'

/**
 * Resolves with the child's exit code; when a signal ended the child, the same signal ends this process.
 * @param {string} node
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function runAgain(node, args) {
  const npm = findNpm(process.env, process.execPath) // may be known through this Node only
  const child = spawn(node, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}`,
      ...(npm ? { npm_execpath: npm } : {}),
    },
  })
  // Ctrl-C on a terminal goes to the whole process group, the child included: passing it on would make it two.
  const terminal = [process.stdin, process.stdout, process.stderr].some(stream => stream.isTTY)
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => terminal || child.kill(signal))
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (...end) => resolve(end))
  })
  if (signal === null) return code
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  return 128 + (constants.signals[signal] ?? 0)
}

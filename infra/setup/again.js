// Runs the same command with another Node and ends as it ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
  process.on('SIGINT', signal => terminal || child.kill(signal))
  process.on('SIGQUIT', signal => terminal || child.kill(signal))
  process.on('SIGTERM', signal => child.kill(signal))
  process.on('SIGHUP', signal => child.kill(signal))
  const [code, signal] = await once(child, 'close')
  if (signal === null) return code
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  return 1 // not reached, unless the signal was one that this process survives
}

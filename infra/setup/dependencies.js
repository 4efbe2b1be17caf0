// `npm ci` with the Node that runs this.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inPlace, stamp } from './installed.js'
import { withLock } from './lock.js'
import { npm } from './npm.js'

/**
 * @param {string} root the checkout
 * @param {string} cache where logs and locks go
 */
export async function ensureDependencies(root, cache) {
  await withLock(cache, 'dependencies', async () => {
    if (inPlace(root)) return // another set-up did it while this one waited
    await npm(['ci', '--include=dev'], { what: 'dependencies', cwd: root, cache, env: buildEnvironment() })
    stamp(root)
  })
}

/**
 * Optional dependencies that could not be built when the others were installed: what they need may be there by now.
 * @param {string} root the checkout
 * @param {string} cache where logs and locks go
 */
export async function retryOptional(root, cache) {
  await withLock(cache, 'dependencies', async () => {
    const words = ['install', '--no-save', '--include=dev', '--include=optional']
    await npm(words, { what: 'optional dependencies', cwd: root, cache, env: buildEnvironment() })
    stamp(root)
  })
}

/** A user-wide nodedir may point at the headers of another Node; an addon built with those does not load in this one. */
function buildEnvironment() {
  const nodedir = dirname(dirname(process.execPath))
  const headers = existsSync(join(nodedir, 'include/node/node.h'))
  return {
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    ...(headers ? { npm_config_nodedir: nodedir } : {}),
  }
}

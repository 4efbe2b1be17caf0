// Node itself, from the npm registry: the platform package node-<platform>-<arch> holds the executable and its headers.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.js'
import { withLock } from './lock.js'
import { npm } from './npm.js'

const PLATFORMS = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])

/**
 * Path of that Node's executable, installed below `cache` when it is not there yet.
 * @param {string} cache
 * @param {string} version exact
 */
export async function ensureNode(cache, version) {
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.has(platform)) {
    throw new SetupFailure(
      `no packaged Node for ${platform}: install Node ${version} or newer and put it first on PATH`,
    )
  }
  const home = join(cache, 'node', version)
  const executable = join(home, 'node_modules', `node-${platform}`, 'bin/node')
  if (existsSync(executable)) return executable
  await withLock(cache, 'node', async () => {
    if (existsSync(executable)) return
    mkdirSync(join(cache, 'node'), { recursive: true })
    // Renamed into place when complete: an interrupted download is never taken for a Node.
    const unfinished = mkdtempSync(`${home}-`)
    try {
      writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n')
      const wanted = `node-${platform}@${version}`
      const args = ['install', '--prefix', unfinished, '--no-package-lock', '--no-save', '--ignore-scripts', wanted]
      await npm(args, { what: `Node ${version}`, cwd: unfinished, cache, env: {} })
      renameSync(unfinished, home)
    } finally {
      rmSync(unfinished, { recursive: true, force: true })
    }
  })
  return executable
}

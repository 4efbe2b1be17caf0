/** Debian packages, as root or through sudo. */
import { spawnSync } from 'node:child_process'
import { SetupFailure } from './failure.js'

let indexed = false

/**
 * Installs them one at a time: one that this release lacks must not keep the others out. The package index is fetched before
 * the first. Throws `SetupFailure` when apt refused one.
 */
export function installPackages(packages: readonly string[]): void {
  if (!indexed) apt('update')
  indexed = true
  const refused = packages.filter(name => !apt('install', '--no-install-recommends', name))
  if (refused.length > 0) throw new SetupFailure(`apt could not install ${refused.join(' ')}`)
}

function apt(...words: string[]): boolean {
  const [program, ...before] = process.getuid?.() === 0 ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  const { status } = spawnSync(program!, [...before, '-qq', '-y', ...words], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}

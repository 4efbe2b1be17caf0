/** Packages from the index that this machine's pip knows: some bring programs that Debian does not have. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { installPackages } from './apt.ts'
import { SetupFailure } from './failure.js'
import { withLock } from './lock.js'
import { programPath } from './program.ts'

/**
 * Unpacks that release, without what it depends on, into `folder`. The folder appears when it is complete: a download that was
 * cut off is thrown away by the next one. Throws `SetupFailure` with pip's reason.
 */
export async function fetchPackage(folder: string, name: string, version: string): Promise<void> {
  await withLock(dirname(folder), 'pip', async () => {
    const python = pythonWithPip()
    const unfinished = `${folder}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(dirname(folder), { recursive: true })
    const words = ['install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps', '--no-compile']
    const { status, stderr } = pip(python, [...words, '--target', unfinished, `${name}==${version}`])
    if (status !== 0) throw new SetupFailure(`pip could not fetch it: ${reason(stderr)}`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
  })
}

function pythonWithPip(): string {
  const found = programPath('python3')
  if (found !== null && pip(found, ['--version']).status === 0) return found
  installPackages(['python3-pip'])
  const installed = programPath('python3')
  if (installed === null) throw new SetupFailure('python3 was installed, but not found')
  return installed
}

function pip(python: string, words: readonly string[]) {
  return spawnSync(python, ['-m', 'pip', ...words], { encoding: 'utf8' })
}

/** The last of pip's error lines says what. */
function reason(output: string): string {
  return (
    output
      .match(/^ERROR: .+/gm)
      ?.at(-1)
      ?.slice(7, 307) ?? 'it gave no reason'
  )
}

/** Modules from the proxy that this machine's Go knows: some projects publish their schemas in no other way. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SetupFailure } from './failure.js'
import { withLock } from './lock.js'
import { programPath } from './program.ts'

/**
 * Puts the files of that release, without what it depends on, into `folder`. The folder appears when it is complete: a download
 * that was cut off is thrown away by the next one. Throws `SetupFailure` with Go's reason.
 */
export async function fetchModule(folder: string, module: string, version: string): Promise<void> {
  const go = programPath('go')
  if (go === null) throw new SetupFailure('it needs the part go')
  await withLock(dirname(folder), 'go', async () => {
    const unfinished = `${folder}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { recursive: true })
    const { status, stdout, stderr } = spawnSync(go, ['mod', 'download', '-json', `${module}@v${version}`], {
      cwd: unfinished,
      encoding: 'utf8',
      // -modcacherw: Go makes its cache read-only, and then nobody could move or delete it.
      env: { ...process.env, GOMODCACHE: join(unfinished, 'cache'), GOFLAGS: '-modcacherw', GOWORK: 'off' },
    })
    if (status !== 0) throw new SetupFailure(`Go could not fetch it: ${reason(stdout, stderr)}`)
    const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
    rmSync(folder, { recursive: true, force: true })
    renameSync(Dir, folder)
    rmSync(unfinished, { recursive: true, force: true })
  })
}

/** With -json the reason is a member of the answer, unless Go did not get as far. */
function reason(stdout: string, stderr: string): string {
  const said = /"Error": "((?:[^"\\]|\\.)+)"/.exec(stdout)?.[1] ?? stderr.trim().split('\n').at(-1)
  return said === undefined || said === '' ? 'it gave no reason' : said.slice(0, 300)
}

/** The eBPF agent, built from its sources here: no binary is kept in the repository. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from './apt.ts'
import { ROOT } from './bootstrap.js'
import { SetupFailure } from './failure.js'
import { withLock } from './lock.js'
import { programPath } from './program.ts'

const FOLDER = join(ROOT, 'producers/ebpf/agent')

export const AGENT_PACKAGES: readonly string[] = ['clang', 'gcc', 'make', 'libbpf-dev', 'libelf-dev', 'zlib1g-dev']

/** It is there, and no source is newer. */
export function agentPresent(): boolean {
  const built = modified(join(FOLDER, 'build/tapwire-agent'))
  return built > 0 && sources().every(file => modified(file) <= built)
}

/** Throws `SetupFailure` with the compiler's first error. */
export async function buildAgent(): Promise<void> {
  if (!canBuild()) installPackages(AGENT_PACKAGES)
  await withLock(FOLDER, 'build', async () => {
    const { status, stderr } = spawnSync('make', ['-C', FOLDER], { encoding: 'utf8' })
    if (status !== 0)
      throw new SetupFailure(`it does not build: ${/error: (.+)/.exec(stderr)?.[1] ?? stderr.slice(0, 300)}`)
  })
}

function canBuild(): boolean {
  const headers = ['/usr/include/bpf/libbpf.h', '/usr/include/gelf.h', '/usr/include/zlib.h']
  return ['clang', 'cc', 'make'].every(name => programPath(name) !== null) && headers.every(file => modified(file) > 0)
}

function sources(): readonly string[] {
  const folders = ['bpf', 'loader']
  const below = folders.flatMap(folder =>
    readdirSync(join(FOLDER, folder), { recursive: true, encoding: 'utf8' }).map(name => join(FOLDER, folder, name)),
  )
  return [join(FOLDER, 'Makefile'), ...below.filter(name => /\.[ch]$/.test(name))]
}

/** When the file was changed last; 0 when it is not there. */
function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

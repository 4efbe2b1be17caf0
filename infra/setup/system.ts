/**
 * `npm run setup`: installs what tests, benchmarks and capture producers need from the system, and says what it could not.
 * With CI=true a part that is still missing is a failure.
 */
import { spawnSync } from 'node:child_process'
import { PARTS, type Part } from './parts.ts'

/** Exit code 1 when a part is missing and this is CI. */
export async function runMain(args: readonly string[]): Promise<number> {
  const wanted = PARTS.filter(part => args.length === 0 || args.includes(part.name))
  if (wanted.length === 0) {
    process.stderr.write(`tapwire setup: no such part; there are ${PARTS.map(part => part.name).join(', ')}\n`)
    return 2
  }
  const absent = wanted.filter(part => !part.present())
  if (absent.length > 0) installWithApt(absent.flatMap(part => part.packages))
  const missing = absent.filter(part => !part.present())
  for (const part of wanted) process.stdout.write(`${describe(part, absent, missing)}\n`)
  return missing.length > 0 && process.env['CI'] === 'true' ? 1 : 0
}

function describe(part: Part, absent: readonly Part[], missing: readonly Part[]): string {
  if (missing.includes(part)) return `- skipped ${part.name} (for ${part.purpose}): apt could not install it`
  return `✔ ${part.name} (for ${part.purpose})${absent.includes(part) ? ': installed' : ''}`
}

/** One package at a time after the index: one that this release lacks must not keep the others out. */
function installWithApt(packages: readonly string[]): void {
  const apt = process.getuid?.() === 0 ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  const run = (...words: string[]) => {
    const [program, ...before] = apt
    spawnSync(program!, [...before, '-qq', '-y', ...words], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  run('update')
  for (const name of packages) run('install', '--no-install-recommends', name)
}

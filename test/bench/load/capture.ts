/** The load capture of the read benchmark: given, or made once and kept below .tapwire. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '#infra/cli/components.ts'
import { programPath } from '#infra/setup/program.ts'

const TOOL = join(ROOT, '../shared/tools/make-load-capture')
const KEPT = join(ROOT, '.tapwire/load.pcap')
const NEEDED = ['nginx', 'wrk', 'tcpdump']

/** A path, or why there is none. */
export function loadCapture(given: string | undefined): { readonly path: string } | { readonly missing: string } {
  if (given !== undefined) return existsSync(given) ? { path: given } : { missing: `${given} does not exist` }
  if (existsSync(KEPT)) return { path: KEPT }
  const absent = NEEDED.filter(name => programPath(name) === null)
  if (!existsSync(TOOL)) return { missing: `no capture: name one, or put the shared tools beside the checkout` }
  if (absent.length > 0) return { missing: `no capture: name one, or install ${absent.join(', ')} (npm run setup)` }
  mkdirSync(dirname(KEPT), { recursive: true })
  process.stdout.write('making a load capture, 6 s …\n')
  const { status, stderr } = spawnSync(TOOL, [KEPT], { encoding: 'utf8' })
  return status === 0 ? { path: KEPT } : { missing: `make-load-capture failed: ${stderr}` }
}

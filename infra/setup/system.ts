/**
 * `npm run setup`: installs what tests, benchmarks and capture producers need from the system, and says what it could not.
 * With CI=true a part that is still missing is a failure.
 */
import { SetupFailure } from './failure.js'
import { PARTS, type Part } from './parts.ts'

/** Exit code 1 when a part is missing and this is CI. */
export async function runMain(args: readonly string[]): Promise<number> {
  const wanted = PARTS.filter(part => args.length === 0 || args.includes(part.name))
  if (wanted.length === 0) {
    process.stderr.write(`tapwire setup: no such part; there are ${PARTS.map(part => part.name).join(', ')}\n`)
    return 2
  }
  let missing = 0
  for (const part of wanted) {
    const { ok, line } = await ensure(part)
    if (!ok) missing++
    process.stdout.write(`${line}\n`)
  }
  return missing > 0 && process.env['CI'] === 'true' ? 1 : 0
}

async function ensure(part: Part): Promise<{ readonly ok: boolean; readonly line: string }> {
  const name = `${part.name} (for ${part.purpose})`
  if (part.present()) return { ok: true, line: `✔ ${name}` }
  const problem = await install(part)
  if (problem === null) return { ok: true, line: `✔ ${name}: installed` }
  return { ok: false, line: `- skipped ${name}: ${problem}` }
}

/** Why the part is still missing; null when it is there. */
async function install(part: Part): Promise<string | null> {
  try {
    await part.install()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    return error.message
  }
  return part.present() ? null : 'installed, but not found'
}

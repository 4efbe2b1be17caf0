/** What a test needs from outside the repository. Missing, it skips the test; in CI, where all must be there, it fails it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { programPath } from '#infra/setup/program.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * `if (!needs(t, 'tshark')) return`: true when that program can be run. Its full path: `programPath`.
 */
export function needs(t: TestContext, program: string): boolean {
  return programPath(program) !== null || missing(t, `${program} is not installed (npm run setup installs it)`)
}

/** `const zeek = corpus(t, 'zeek'); if (zeek === null) return`: that folder of the shared corpora beside the checkout. */
export function corpus(t: TestContext, name: string): string | null {
  const folder = join(ROOT, '../shared/corpora', name)
  if (existsSync(folder)) return folder
  missing(t, `the corpus ../shared/corpora/${name} is not beside the checkout`)
  return null
}

/** Skips the test, or fails it in CI; false, so that `if (!ok) return missing(t, …)` ends it. */
export function missing(t: TestContext, what: string): false {
  if (process.env['CI'] === 'true') throw new Error(`missing in CI: ${what}`)
  t.skip(what)
  return false
}

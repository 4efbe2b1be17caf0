/** What a test needs from outside the repository. Missing, it skips the test; in CI, where all must be there, it fails it. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Debian keeps servers (nginx) out of a user's PATH. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * `if (!needs(t, 'tshark')) return`: true when that program can be run. `program` in full: `programPath`.
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

/** Where a program is, or null. */
export function programPath(program: string): string | null {
  return FOLDERS.map(folder => join(folder, program)).find(executable) ?? null
}

function missing(t: TestContext, what: string): false {
  if (process.env['CI'] === 'true') throw new Error(`missing in CI: ${what}`)
  t.skip(what)
  return false
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

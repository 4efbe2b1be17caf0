/**
 * The key of the hash that spreads flows over partitions. On a node it is secret and stays the same as long as its log
 * lives: who knows it could aim flows at one partition. Offline nothing can be aimed at, and a fixed key gives everybody
 * the same order of lines.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Secret } from '#schemas/config/secret.ts'
import { Usage } from '#schemas/contracts/errors.ts'

const BYTES = 16
const MIN_BYTES = 8

export const OFFLINE_HASH_KEY: Uint8Array = Buffer.from('tapwire offline!')

/** The configured key, or the one that was made when the log was. */
export function nodeHashKey(configured: Secret | undefined, logDirectory: string): Uint8Array {
  if (configured !== undefined) {
    const key = Buffer.from(configured.reveal())
    if (key.length < MIN_BYTES)
      throw new Usage(`flowHashKey: ${key.length} bytes; ${MIN_BYTES} at least, e.g. from 'openssl rand -hex 16'`)
    return key
  }
  const file = join(logDirectory, 'flow-hash.key')
  try {
    mkdirSync(logDirectory, { recursive: true })
    writeFileSync(file, randomBytes(BYTES), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Usage(
        `log.directory ${logDirectory}: cannot be written (${(error as NodeJS.ErrnoException).code}): choose another, or give this user the right`,
      )
    }
  }
  return readFileSync(file)
}

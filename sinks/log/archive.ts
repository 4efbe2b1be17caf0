/**
 * Rotated files beside the current one: `<path>.<time of rotation>`, then perhaps `.gz`:
 *
 *   tapwire.jsonl   tapwire.jsonl.20261121T120000000Z   tapwire.jsonl.20261120T000000123Z.gz
 *
 * The time (UTC, ms) only rises, also when the clock goes back: so names sort by age and are never used twice.
 */
import { createReadStream, createWriteStream, readdirSync, rmSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

const STAMP = /^\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z(\.gz)?$/

/** Full paths of rotated files, oldest first. Other files are none of ours. */
export function archives(path: string): string[] {
  const name = basename(path)
  return readdirSync(dirname(path))
    .filter(file => file.startsWith(name) && STAMP.test(file.slice(name.length)))
    .sort()
    .map(file => join(dirname(path), file))
}

/** The name for what is rotated now (ms since 1970). */
export function archiveName(path: string, now: number): string {
  const newest = archives(path).at(-1)
  const match = newest === undefined ? null : STAMP.exec(newest.slice(path.length))
  const last =
    match === null
      ? 0
      : Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}.${match[7]}Z`)
  return `${path}.${new Date(Math.max(now, last + 1)).toISOString().replace(/[-:.]/g, '')}`
}

/** Deletes the oldest beyond `keep`. */
export function prune(path: string, keep: number): void {
  for (const file of archives(path).slice(0, -keep)) rmSync(file, { force: true })
}

/**
 * Compresses what is not compressed yet, oldest first. A crash leaves the plain file and perhaps a `.tmp`, which the next
 * run overwrites.
 */
export async function compress(path: string): Promise<void> {
  for (const file of archives(path)) {
    if (file.endsWith('.gz')) continue
    const unfinished = `${file}.tmp`
    await pipeline(createReadStream(file), createGzip(), createWriteStream(unfinished, { mode: 0o600 }))
    await rename(unfinished, `${file}.gz`)
    await rm(file, { force: true })
  }
}

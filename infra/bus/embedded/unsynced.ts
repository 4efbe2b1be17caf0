import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Usage } from '#schemas/contracts/errors.ts'

/**
 * A mark beside a store that is written with durability `process`: it names the boot of the machine whose memory may
 * hold what the disk does not. LMDB reuses pages without waiting for the disk then, so after a failure of the machine
 * the file may be a mix of old and new pages; nothing tells which. Closing flushes the file and takes the mark away.
 */
export function markUnsynced(directory: string, boot: string): void {
  writeFileSync(markOf(directory), boot)
}

/** Throws `Usage` when the machine went down with the mark in place. */
export function checkSynced(directory: string, boot: string): void {
  let marked: string
  try {
    marked = readFileSync(markOf(directory), 'utf8')
  } catch {
    return
  }
  if (marked === boot) return
  throw new Usage(
    `the machine went down while the log in ${directory} was written with durability "process", and the log may be damaged: delete the directory and start anew (durability "power" survives this)`,
  )
}

/** To be called when the store was closed. */
export function flush(directory: string, storeFile: string): void {
  const file = openSync(join(directory, storeFile), 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  rmSync(markOf(directory), { force: true })
}

function markOf(directory: string): string {
  return join(directory, 'unsynced')
}

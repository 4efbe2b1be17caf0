/**
 * LMDB must never meet a full disk: lmdb-js 3.5.6 formats the error into a buffer that is too small for it
 * (mdb_page_flush in its mdb.c: 100 bytes for a text that grows with the file's size), which corrupts the heap. So when
 * the disk is nearly full, the pages that a transaction may need are written before it, behind the last used one; there
 * LMDB finds them instead of new disk blocks. That the disk is full then shows here, as an ordinary error.
 *
 *   0 ........ last used page | room, written ahead | end of file
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import { freeDisk } from '#infra/bus/embedded/disk.ts'
import { LogFull } from '#infra/bus/embedded/quota.ts'

/** With more than this left on the disk nothing is written ahead: nobody fills it within one transaction. */
const PLENTY_BYTES = 64 * 1024 ** 2
const BLOCK = Buffer.alloc(256 * 1024)

export interface Room extends Disposable {
  /** So much disk is free that nothing needs to be done for a write of `bytes`. */
  isPlenty(bytes: number): boolean
  /** Makes sure that `bytes` can be written behind the last used page, which ends at `used`. Throws `LogFull`. */
  make(used: number, bytes: number): void
}

export function openRoom(directory: string, storeFile: string): Room {
  let file: number | null = null
  return {
    isPlenty: bytes => freeDisk(directory) >= bytes + PLENTY_BYTES,
    make: (used, bytes) => {
      file ??= openSync(storeFile, 'r+')
      extend(file, used + bytes)
    },
    [Symbol.dispose]: () => {
      if (file !== null) closeSync(file)
    },
  }
}

function extend(file: number, end: number): void {
  let size = fstatSync(file).size
  try {
    while (size < end) size += writeSync(file, BLOCK, 0, Math.min(BLOCK.length, end - size), size)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    throw new LogFull('disk-full', 'the disk is full: nothing of this write was stored; free some space', error)
  }
}

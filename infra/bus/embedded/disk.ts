import { statfsSync } from 'node:fs'

/** Bytes that this user may still write to the disk that holds `directory`. */
export function freeDisk(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}

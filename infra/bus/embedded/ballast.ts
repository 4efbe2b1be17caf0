import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const BYTES = 4 * 1024 ** 2

/** A file that only takes space, so that there is some to give back when the disk is full. */
export class Ballast {
  readonly #path: string

  constructor(directory: string) {
    this.#path = join(directory, 'ballast')
  }

  /** Makes or completes the file; without room for it there is none, which is no error. */
  fill(): void {
    if (this.#size() === BYTES) return
    try {
      const file = openSync(this.#path, 'w')
      try {
        // Zeros could become a hole that takes no space.
        const block = Buffer.alloc(BYTES, 0x62)
        for (let at = 0; at < BYTES; ) at += writeSync(file, block, at)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    } catch {
      this.release()
    }
  }

  /** True when there was something to give back. */
  release(): boolean {
    const had = this.#size() > 0
    rmSync(this.#path, { force: true })
    return had
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
  }
}

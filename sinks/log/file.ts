/**
 * A file of lines that rotates. When `append` returns, the operating system has the lines: killing this process loses
 * none of them. When it throws, the file is as it was before the part that failed; lines before that part may be
 * written already, and are written again when the caller tries the batch again (at least once).
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type DestinationStream, pino } from 'pino'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import { archiveName, compress, prune } from './archive.ts'
import type { Config } from './config.ts'
import { repairTail } from './tail.ts'

/** Lines are handed over in parts of about this many bytes. */
const PART = 1024 * 1024
const PERIOD = { hour: 3_600_000, day: 86_400_000, never: Number.POSITIVE_INFINITY }

export type FileOptions = Pick<Config, 'form' | 'fsync' | 'rotate'>

export class LineFile implements AsyncDisposable {
  readonly #path: string
  readonly #options: FileOptions
  readonly #now: () => number
  #fd = -1
  #size = 0
  /** The hour or day of the newest line. */
  #period = 0
  /** What a failed write left could not be cut off: try again before the next write. */
  #torn = false
  #destination: Destination | null = null
  #compressing: Promise<void> = Promise.resolve()

  /**
   * Opens or creates the file (mode 0600) and its directory. `now`: ms since 1970. Throws `Usage` when that is impossible.
   */
  constructor(path: string, options: FileOptions, now: () => number = Date.now) {
    this.#path = path
    this.#options = options
    this.#now = now
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      this.#open()
    } catch (error) {
      if (error instanceof Usage || isFull(error)) throw retryable(error, path)
      throw new Usage(`log sink: cannot write ${path}: ${describe(error)}`, { cause: error })
    }
  }

  append(lines: readonly string[]): void {
    try {
      this.#prepare()
      let part = ''
      let bytes = 0
      for (const line of lines) {
        const length = Buffer.byteLength(line) + 1
        const full = this.#size + bytes + length > this.#options.rotate.bytes && this.#size + bytes > 0
        if (full || bytes + length > PART) {
          this.#write(part, bytes)
          part = ''
          bytes = 0
          if (full) this.#rotate()
        }
        part += `${line}\n`
        bytes += length
      }
      this.#write(part, bytes)
    } catch (error) {
      throw retryable(error, this.#path)
    }
  }

  /** When it returns, all appended lines are on the disk. Blocks, like the write before it. */
  flush(): void {
    try {
      fdatasyncSync(this.#fd)
    } catch (error) {
      throw retryable(error, this.#path)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#options.fsync && this.#fd >= 0) this.flush()
    this.#close()
    await this.#compressing
  }

  #open(): void {
    const fd = openSync(this.#path, 'a+', 0o600)
    try {
      const stat = fstatSync(fd)
      if (!stat.isFile()) throw new Usage(`log sink: ${this.#path} is not a file (for standard output: to: stdout)`)
      this.#size = repairTail(fd, this.#path, this.#options.form)
      this.#period = this.#periodOf(this.#size === 0 ? this.#now() : stat.mtimeMs)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    this.#fd = fd
    this.#torn = false
    this.#destination = new Destination(fd)
    if (this.#options.fsync) syncDirectory(dirname(this.#path))
  }

  #close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
    this.#destination = null
  }

  /** Before lines are written: the right file, whole, of this hour or day. */
  #prepare(): void {
    if (!this.#isOurs()) {
      this.#close()
      this.#open()
    }
    if (this.#torn) {
      ftruncateSync(this.#fd, this.#size)
      this.#torn = false
    }
    const period = this.#periodOf(this.#now())
    if (period > this.#period && this.#size > 0) this.#rotate()
    this.#period = Math.max(this.#period, period)
  }

  /** False when somebody moved or deleted the file, as logrotate does: what is written to it then is lost. */
  #isOurs(): boolean {
    if (this.#fd < 0) return false
    const there = statSync(this.#path, { throwIfNoEntry: false })
    return there !== undefined && there.ino === fstatSync(this.#fd).ino
  }

  #write(part: string, bytes: number): void {
    if (bytes === 0) return
    try {
      this.#destination!.write(part)
      this.#size += bytes
    } catch (error) {
      // It keeps what it could not write, and would write it first next time.
      this.#destination = new Destination(this.#fd)
      this.#torn = true
      ftruncateSync(this.#fd, this.#size)
      this.#torn = false
      throw error
    }
  }

  #rotate(): void {
    const { keep, gzip } = this.#options.rotate
    if (this.#options.fsync) fdatasyncSync(this.#fd)
    renameSync(this.#path, archiveName(this.#path, this.#now()))
    this.#close()
    this.#open()
    prune(this.#path, keep)
    if (!gzip) return
    // What fails stays uncompressed until the next rotation tries again.
    this.#compressing = this.#compressing.then(() => compress(this.#path)).catch(() => {})
  }

  #periodOf(ms: number): number {
    return Math.floor(ms / PERIOD[this.#options.rotate.every])
  }
}

/** pino's destination, synchronous: handles short writes; errors become exceptions. */
class Destination {
  readonly #stream: DestinationStream
  #error: unknown = null

  constructor(fd: number) {
    const stream = pino.destination({ dest: fd, sync: true, retryEAGAIN: () => false })
    stream.on('error', (error: unknown) => {
      this.#error = error
    })
    this.#stream = stream
  }

  write(text: string): void {
    this.#stream.write(text)
    if (this.#error !== null) throw this.#error
  }
}

/** A new or renamed file is there after a power cut only when its directory was written too. */
function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Errors of the system, as what the runtime is to do about them. Others are handed through. */
function retryable(error: unknown, path: string): unknown {
  if (codeOf(error) === '' || error instanceof Retryable) return error
  return new Retryable(isFull(error) ? 'disk-full' : 'file', `log sink: ${path}: ${describe(error)}`, { cause: error })
}

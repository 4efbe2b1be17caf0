/** Where the bytes come from: a file, a stream (standard input, a named pipe), or either through gunzip. */
import type { FileHandle } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { Refused } from '#schemas/contracts/errors.ts'

export interface ByteSource extends AsyncDisposable {
  /**
   * Reads into `target`: the number of bytes, 0 at the end, or null when nothing came within `patience` milliseconds
   * (Infinity: waits; a file never makes wait). Throws the signal's reason when it is aborted; the next call then goes
   * on where this one stopped. Throws `Refused` when the source is broken, after all bytes before were returned.
   */
  read(target: Uint8Array, patience: number, signal: AbortSignal): Promise<number | null>
  /** Bytes taken from the outside so far (compressed ones, of a compressed source). */
  readonly consumed: number
}

export class FileSource implements ByteSource {
  readonly #file: FileHandle
  #at: number

  constructor(file: FileHandle, at: number) {
    this.#file = file
    this.#at = at
  }

  get consumed(): number {
    return this.#at
  }

  async read(target: Uint8Array, _patience: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    const { bytesRead } = await this.#file
      .read(target, 0, target.length, this.#at)
      .catch(error =>
        Promise.reject(new Refused('cannot-read', `cannot be read at byte ${this.#at}: ${error.message}`)),
      )
    this.#at += bytesRead
    return bytesRead
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

export class StreamSource implements ByteSource {
  readonly #stream: NodeJS.ReadableStream & { destroy?(): unknown }
  readonly #chunks: AsyncIterator<Uint8Array | string>
  #waiting: Promise<IteratorResult<Uint8Array | string>> | null = null
  #chunk = new Uint8Array(0)
  consumed = 0

  constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async read(target: Uint8Array, patience: number, signal: AbortSignal): Promise<number | null> {
    signal.throwIfAborted()
    if (this.#chunk.length === 0) {
      // Kept when the wait is given up: the chunk that it brings is the next one.
      this.#waiting ??= this.#chunks.next()
      const result = await within(this.#waiting, patience, signal)
      if (result === null) return null
      if (result.done === true) return 0
      this.#waiting = null
      this.#chunk = typeof result.value === 'string' ? Buffer.from(result.value) : new Uint8Array(result.value)
    }
    const count = Math.min(target.length, this.#chunk.length)
    target.set(this.#chunk.subarray(0, count))
    this.#chunk = this.#chunk.subarray(count)
    this.consumed += count
    return count
  }

  /** Not by the iterator's `return`: it would wait for the chunk that is being waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting?.catch(() => {})
    this.#stream.destroy?.()
  }
}

/** The result, or null after `patience` milliseconds; throws when the signal is aborted first. */
async function within<T>(result: Promise<T>, patience: number, signal: AbortSignal): Promise<T | null> {
  const { promise, resolve, reject } = Promise.withResolvers<null>()
  const aborted = () => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  const timer = Number.isFinite(patience) ? setTimeout(resolve, patience, null) : null
  try {
    return await Promise.race([result, promise])
  } catch (error) {
    if (signal.aborted) throw error
    throw new Refused('cannot-read', `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    if (timer !== null) clearTimeout(timer)
    signal.removeEventListener('abort', aborted)
  }
}

/** Compressed bytes per step. Deflate expands 1032 times at most, so a step yields at most 8.3 MB. */
const STEP = 8 * 1024

/**
 * Gunzip, a step at a time: the next step starts when the output of the last one is used up. zlib's own stream would
 * drop what it has decompressed when it comes upon damage.
 */
export class GunzipSource implements ByteSource {
  readonly #inner: ByteSource
  readonly #gunzip = createGunzip({ chunkSize: 256 * 1024 })
  readonly #input = new Uint8Array(STEP)
  #output: Uint8Array[] = []
  #state: 'inflating' | 'ended' | Error = 'inflating'

  constructor(inner: ByteSource) {
    this.#inner = inner
    this.#gunzip.on('data', (chunk: Uint8Array) => this.#output.push(chunk))
    this.#gunzip.on('error', error => {
      this.#state = error
    })
  }

  get consumed(): number {
    return this.#inner.consumed
  }

  async read(target: Uint8Array, patience: number, signal: AbortSignal): Promise<number | null> {
    while (this.#output.length === 0) {
      if (this.#state === 'ended') return 0
      if (this.#state !== 'inflating') {
        throw new Refused('damaged-capture', `damaged gzip data near byte ${this.consumed}: ${this.#state.message}`)
      }
      const count = await this.#inner.read(this.#input, patience, signal)
      if (count === null) return null
      await this.#step(count)
    }
    const chunk = this.#output[0]!
    const count = Math.min(target.length, chunk.length)
    target.set(chunk.subarray(0, count))
    if (count === chunk.length) this.#output.shift()
    else this.#output[0] = chunk.subarray(count)
    return count
  }

  /** Resolves when zlib has used up the step: all of its output has been emitted by then, or its error. */
  async #step(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = () => resolve()
    // Zeros or garbage behind the data: zlib ends the stream by itself, and neither calls back nor emits `end` again.
    if (this.#gunzip.readableEnded) this.#state = 'ended'
    if (this.#state !== 'inflating') return
    this.#gunzip.once('error', done).once('close', done)
    if (count > 0) this.#gunzip.write(this.#input.slice(0, count), done)
    else this.#gunzip.once('end', done).end()
    await promise
    this.#gunzip.off('error', done).off('close', done)
    if (count === 0 && this.#state === 'inflating') this.#state = 'ended'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gunzip.destroy()
    await this.#inner[Symbol.asyncDispose]()
  }
}

/** Bytes that were read already (to tell what they are), then the rest of `inner`. */
export class PrefixedSource implements ByteSource {
  #prefix: Uint8Array
  readonly #inner: ByteSource

  constructor(prefix: Uint8Array, inner: ByteSource) {
    this.#prefix = prefix
    this.#inner = inner
  }

  get consumed(): number {
    return this.#inner.consumed - this.#prefix.length
  }

  async read(target: Uint8Array, patience: number, signal: AbortSignal): Promise<number | null> {
    if (this.#prefix.length === 0) return this.#inner.read(target, patience, signal)
    const count = Math.min(target.length, this.#prefix.length)
    target.set(this.#prefix.subarray(0, count))
    this.#prefix = this.#prefix.subarray(count)
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }
}

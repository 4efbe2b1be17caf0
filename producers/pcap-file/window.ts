/**
 * The part of a byte stream that is in memory: one buffer, refilled in place, so that memory stays the same whatever the
 * size of the file. Records are read where they lie.
 *
 * Invariant: 0 <= start <= end <= bytes.length, and byte `start` is byte `offset` of the stream.
 */
import type { ByteSource } from './byte-source.ts'

export type Filled = 'ready' | 'later' | 'ended'

/** What one refill asks of the source: fewer, larger reads cost less than they delay. */
const READ_BYTES = 4 * 1024 * 1024

export class Window implements AsyncDisposable {
  bytes: Uint8Array<ArrayBuffer>
  view: DataView<ArrayBuffer>
  start = 0
  end = 0
  readonly #source: ByteSource
  #base: number

  /** `offset`: where in the stream the source stands. */
  constructor(source: ByteSource, offset = 0, size = READ_BYTES) {
    this.#source = source
    this.#base = offset
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Place of `start` in the stream. */
  get offset(): number {
    return this.#base + this.start
  }

  get available(): number {
    return this.end - this.start
  }

  /**
   * Makes `need` bytes from `start` on available. `later`: nothing came within `patience` milliseconds. `ended`: the
   * stream is shorter. The caller has checked `need` against its limits.
   */
  async fill(need: number, patience: number, signal: AbortSignal): Promise<Filled> {
    this.#makeRoom(need)
    while (this.available < need) {
      const count = await this.#source.read(this.bytes.subarray(this.end), patience, signal)
      if (count === null) return 'later'
      if (count === 0) return 'ended'
      this.end += count
    }
    return 'ready'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]()
  }

  #makeRoom(need: number): void {
    if (this.start + need <= this.bytes.length) return
    const kept = this.bytes.subarray(this.start, this.end)
    if (need > this.bytes.length) this.#grow(need, kept)
    else this.bytes.set(kept)
    this.#base += this.start
    this.end -= this.start
    this.start = 0
  }

  #grow(need: number, kept: Uint8Array): void {
    this.bytes = new Uint8Array(need)
    this.bytes.set(kept)
    this.view = new DataView(this.bytes.buffer)
  }
}

/**
 * Messages of a gRPC stream, whatever its DATA frames look like.
 *
 *   message = compressed length bytes      compressed = %x00 / %x01, length = 4OCTET, big-endian
 *
 * The length is looked at before anything is kept, and nothing is allocated for what has not arrived.
 */
import type { Budget } from '../budget.ts'
import { Growing } from '../growing.ts'

const PREFIX = 5

/** Why a stream cannot go on. */
export type Fault = 'compressed' | 'too-long' | 'no-memory'

export class GrpcMessages {
  readonly #most: number
  /** What is there of the message under way, its prefix included. */
  readonly #kept: Growing

  constructor(mostBytes: number, held: Budget) {
    this.#most = mostBytes
    this.#kept = new Growing(held)
  }

  /** Calls `take` with every message that is complete: a view, valid during the call. */
  add(chunk: Buffer, take: (message: Buffer) => void): Fault | null {
    if (this.#kept.length === 0) return this.#split(chunk, take)
    if (!this.#kept.add(chunk)) return 'no-memory'
    const needed = this.#needed(this.#kept.bytes, 0)
    if (typeof needed === 'string') return needed
    if (this.#kept.length < needed) return null
    const bytes = this.#kept.bytes
    this.#kept.clear()
    return this.#split(bytes, take)
  }

  /** A message has begun and is not complete. */
  get partial(): boolean {
    return this.#kept.length > 0
  }

  /** Lets go of what is kept. */
  clear(): void {
    this.#kept.clear()
  }

  #split(bytes: Buffer, take: (message: Buffer) => void): Fault | null {
    for (let at = 0; at < bytes.length; ) {
      const needed = this.#needed(bytes, at)
      if (typeof needed === 'string') return needed
      if (bytes.length - at < needed) return this.#kept.add(bytes.subarray(at)) ? null : 'no-memory'
      take(bytes.subarray(at + PREFIX, at + needed))
      at += needed
    }
    return null
  }

  /** Bytes of the message that begins at `at`, or of its prefix while that is not there. */
  #needed(bytes: Buffer, at: number): number | Fault {
    if (bytes.length - at < PREFIX) return PREFIX
    if (bytes[at] !== 0) return 'compressed'
    const length = bytes.readUInt32BE(at + 1)
    return length > this.#most ? 'too-long' : PREFIX + length
  }
}

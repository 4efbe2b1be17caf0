/**
 * Bytes that come in pieces, kept in one buffer that grows by doubling. What it takes counts in a budget: pieces of one byte
 * cost a byte, not an object, and no piece keeps the large buffer alive that Node has read it into.
 */
import type { Budget } from './budget.ts'

const SMALLEST = 512
const EMPTY = Buffer.alloc(0)

export class Growing {
  readonly #budget: Budget
  #buffer = EMPTY
  #length = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  get length(): number {
    return this.#length
  }

  /** A view, valid until the next call of `add` or `clear`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** False: there is no memory for it, and nothing was added. */
  add(piece: Uint8Array): boolean {
    const length = this.#length + piece.length
    if (length > this.#buffer.length && !this.#grow(length)) return false
    this.#buffer.set(piece, this.#length)
    this.#length = length
    return true
  }

  /** Lets go of everything. */
  clear(): void {
    this.#budget.give(this.#buffer.length)
    this.#buffer = EMPTY
    this.#length = 0
  }

  #grow(length: number): boolean {
    let size = Math.max(SMALLEST, this.#buffer.length)
    while (size < length) size *= 2
    if (!this.#budget.take(size - this.#buffer.length)) return false
    const larger = Buffer.allocUnsafeSlow(size)
    larger.set(this.bytes)
    this.#buffer = larger
    return true
  }
}

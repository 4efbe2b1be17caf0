/**
 * The messages of one request body, some at a time: a body may hold tens of thousands, and meanwhile an ext_proc stream of
 * somebody else waits for its answer.
 */
import { Refused } from '#schemas/contracts/errors.ts'
import { checkMessage, messages } from '#schemas/message/message.ts'
import type { Inbox } from '../inbox.ts'

/** After so many malformed ones the rest of a body is not looked at. */
const MOST_REJECTED = 16

export class Taking {
  readonly #inbox: Inbox
  readonly #bytes: Uint8Array
  readonly #parts: Iterator<Uint8Array>
  #at = 0
  taken = 0
  rejected = 0
  /** What is wrong with the first that is malformed, and which it is, from 1. */
  problem: { readonly number: number; readonly text: string } | null = null

  constructor(inbox: Inbox, bytes: Uint8Array) {
    this.#inbox = inbox
    this.#bytes = bytes
    this.#parts = messages(bytes, inbox.limits)
  }

  /** Takes up to `most` messages; true when that was the last. */
  take(most: number): boolean {
    for (let i = 0; i < most; i++) if (this.#next()) return true
    return false
  }

  /** True at the end. */
  #next(): boolean {
    let part: Uint8Array
    try {
      const { done, value } = this.#parts.next()
      if (done === true) return true
      part = value
    } catch (error) {
      // Where this one ends is not known, so neither is where the next begins.
      this.#reject(error, this.#bytes.subarray(this.#at))
      return true
    }
    this.#at += part.length
    try {
      const { half, unknown } = checkMessage(part, this.#inbox.limits)
      if (unknown.length > 0) this.#inbox.counts.add('keys.unknown', unknown.length)
      this.#inbox.add(half, part)
      this.taken++
    } catch (error) {
      this.#reject(error, part)
      return this.rejected >= MOST_REJECTED && this.#leaveRest()
    }
    return false
  }

  #reject(error: unknown, bytes: Uint8Array): void {
    if (!(error instanceof Refused)) throw error
    this.problem ??= { number: this.taken + this.rejected + 1, text: error.message }
    this.rejected++
    this.#inbox.reject(error, bytes)
  }

  #leaveRest(): true {
    const rest = this.#bytes.subarray(this.#at)
    if (rest.length > 0)
      this.#reject(new Refused('message-rest', `message: behind ${MOST_REJECTED} malformed ones`), rest)
    return true
  }
}

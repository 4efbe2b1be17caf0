/**
 * The states of a reader that does not understand what it reads: bytes are given their fate until a message can begin.
 *
 *   SkippingLine ── end of the line ──► Seeking ── plainly a start line ──► AwaitingHead
 *   SkippingHead ── empty line ───────► Seeking
 */
import type { ProtocolOut } from '#schemas/contracts/protocol.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { findHeadEnd } from './head-parser.ts'
import type { Found } from './seek.ts'
import { State } from './states.ts'

export type SkippingState = typeof State.Seeking | typeof State.SkippingHead | typeof State.SkippingLine

/** Result of a step that needs more bytes. */
const MORE = -1

export class Skipping {
  /** What becomes of bytes passed over while seeking. */
  fate: Fate = 'unsupported'
  /** The reader's state after the last step. */
  state: State = State.Seeking
  readonly #seek: (bytes: Uint8Array, at: number) => Found
  readonly #out: ProtocolOut

  constructor(seek: (bytes: Uint8Array, at: number) => Found, out: ProtocolOut) {
    this.#seek = seek
    this.#out = out
  }

  step(state: SkippingState, bytes: Uint8Array, at: number): number {
    this.state = state
    switch (state) {
      case State.Seeking:
        return this.#seekNext(bytes, at)
      case State.SkippingHead:
        return this.#skipHead(bytes, at)
      case State.SkippingLine:
        return this.#skipLine(bytes, at)
      default:
        return state satisfies never
    }
  }

  #seekNext(bytes: Uint8Array, at: number): number {
    const next = this.#seek(bytes, at)
    this.#settle(this.fate, next.at - at)
    if (next.found) this.state = State.AwaitingHead
    return next.found || next.at > at ? next.at : MORE
  }

  /** A line in its place that is no start line: nothing in it is. */
  #skipLine(bytes: Uint8Array, at: number): number {
    const nl = bytes.indexOf(10, at)
    const next = nl < 0 ? bytes.length : nl + 1
    this.#settle('unsupported', next - at)
    if (nl >= 0) this.state = State.Seeking
    return next
  }

  /** The rest of a head that was too long: to its empty line, then its body of unknown length. */
  #skipHead(bytes: Uint8Array, at: number): number {
    const end = findHeadEnd(bytes, at, Number.POSITIVE_INFINITY)
    const next = end < 0 ? Math.max(at, bytes.length - 2) : end
    this.#settle('cap', next - at)
    if (end >= 0) {
      this.state = State.Seeking
      this.fate = 'cap'
    }
    return end < 0 && next === at ? MORE : next
  }

  #settle(fate: Fate, count: number): void {
    if (count > 0) this.#out.settle(fate, count)
  }
}

/**
 * Reads a message's body by its framing, from the end of its head to its last byte or its trailers:
 *
 *   Body (length known) ───────────────────────────────────────► complete
 *   ChunkLine ─► ChunkData ─► ChunkEnd ─► ChunkLine … ─► Trailers
 *       └────────── nobody can tell ─────────┴──► UntilNext ── plainly a start line ──► complete
 *   UntilClose
 */
import type { Place, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import { add } from '../../message/anomalies.ts'
import { CHUNKED, UNTIL_CLOSE, UNTIL_NEXT } from '../../message/length.ts'
import { addBody, type Draft } from '../../message/message.ts'
import { readChunkEnd, readChunkLine } from './chunked.ts'
import { ofResponse } from './framing.ts'
import type { Found } from './seek.ts'
import type { Settling } from './settling.ts'
import { State } from './states.ts'

export type BodyState = (typeof State)['Body' | 'ChunkLine' | 'ChunkData' | 'ChunkEnd' | 'UntilClose' | 'UntilNext']

/** Result of a step that needs more bytes. */
const MORE = -1

export class BodyReader {
  /** The reader's state after the last step; AwaitingHead when the message is complete. */
  state: State = State.AwaitingHead
  /** Bytes until the end of the body or chunk. */
  remaining = 0
  readonly #seek: (bytes: Uint8Array, at: number) => Found
  readonly #settling: Settling
  readonly #limits: ProtocolLimits

  constructor(seek: (bytes: Uint8Array, at: number) => Found, settling: Settling, limits: ProtocolLimits) {
    this.#seek = seek
    this.#settling = settling
    this.#limits = limits
  }

  /** The state in which the body of a message begins. */
  open(message: Draft): State {
    this.remaining = message.length
    if (message.length === 0) return State.AwaitingHead
    if (message.length === CHUNKED) return State.ChunkLine
    if (message.length === UNTIL_CLOSE) return State.UntilClose
    if (message.length !== UNTIL_NEXT) return State.Body
    this.#loseFraming(message)
    return State.UntilNext
  }

  /** `place`: of the last byte. */
  step(state: BodyState, message: Draft, bytes: Uint8Array, at: number, place: Place): number {
    this.state = state
    switch (state) {
      case State.Body:
      case State.ChunkData:
        return this.#counted(message, bytes, at, place)
      case State.UntilClose:
        return this.take(message, bytes, at, bytes.length, false, place)
      case State.UntilNext:
        return this.#untilNext(message, bytes, at, place)
      case State.ChunkLine:
        return this.#chunkLine(message, bytes, at, place)
      case State.ChunkEnd:
        return this.#chunkEnd(message, bytes, at, place)
      default:
        return state satisfies never
    }
  }

  /** `missing` bytes of a body were never seen. False when it may have ended within them. */
  skip(state: State, message: Draft, missing: number, place: Place): boolean {
    const counted = state === State.Body || state === State.ChunkData
    if (state !== State.UntilClose && !(counted && missing > 0 && missing <= this.remaining)) return false
    message.gap = true
    add(message.anomalies, 'http1.gap-in-body')
    message.bodyBytes += missing
    message.last = place
    this.remaining -= missing
    this.state = counted && this.remaining === 0 ? afterData(state) : state
    return true
  }

  /** Bytes [at, to) are body. */
  take(message: Draft, bytes: Uint8Array, at: number, to: number, passing: boolean, place: Place): number {
    const kept = addBody(message, bytes, at, to, this.#limits, passing)
    this.#settling.understood(kept)
    if (kept < to - at) this.#settling.settle(message.gap ? 'gap' : 'cap', to - at - kept)
    message.last = place
    return to
  }

  #counted(message: Draft, bytes: Uint8Array, at: number, place: Place): number {
    const to = Math.min(bytes.length, at + this.remaining)
    // A response that is here as a whole leaves at once; a request waits for its response.
    this.take(message, bytes, at, to, message.status > 0 && to - at === message.length, place)
    this.remaining -= to - at
    if (this.remaining === 0) this.state = afterData(this.state)
    return to
  }

  #chunkLine(message: Draft, bytes: Uint8Array, at: number, place: Place): number {
    const line = readChunkLine(bytes, at)
    if (line === null) return MORE
    message.last = place
    if (line.anomaly !== null) odd(message, line.anomaly)
    this.#settling.understood(line.next - at)
    if (line.size < 0) this.#loseFraming(message)
    else {
      this.remaining = line.size
      this.state = line.size === 0 ? State.Trailers : State.ChunkData
    }
    return line.next
  }

  #chunkEnd(message: Draft, bytes: Uint8Array, at: number, place: Place): number {
    const next = readChunkEnd(bytes, at)
    if (next === MORE) return MORE
    if (bytes[at] === 10) odd(message, 'http1.bare-lf-after-chunk')
    message.last = place
    this.#settling.understood(next - at)
    if (next > at) this.state = State.ChunkLine
    else {
      odd(message, 'http1.bad-chunk-end')
      this.#loseFraming(message)
    }
    return next
  }

  /** What comes until the next start line belongs to this body. */
  #loseFraming(message: Draft): void {
    add(message.anomalies, 'http1.lost-framing')
    this.state = State.UntilNext
  }

  #untilNext(message: Draft, bytes: Uint8Array, at: number, place: Place): number {
    const next = this.#seek(bytes, at)
    if (next.at > at) this.take(message, bytes, at, next.at, false, place)
    if (next.found) this.state = State.AwaitingHead
    return next.found || next.at > at ? next.at : MORE
  }
}

function afterData(state: State): State {
  return state === State.ChunkData ? State.ChunkEnd : State.AwaitingHead
}

function odd(message: Draft, anomaly: string): void {
  add(message.anomalies, message.status > 0 ? ofResponse(anomaly) : anomaly)
}

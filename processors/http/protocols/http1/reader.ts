/**
 * Reads the messages of one direction.
 *
 *                 ┌─────────── complete ◄──────────────┐
 *                 ▼                                    │
 *   AwaitingHead ─┴► body (body-reader.ts) ─► Trailers ┤
 *        ▲  └ no start line, gap ─► Seeking ◄─ SkippingLine, SkippingHead
 *        └─ plainly a start line ◄──┘
 *
 * Paused: behind CONNECT or Upgrade nothing is read until the response says what it is. HandedOver: no longer ours.
 */
import type { Place, ProtocolLimits, ProtocolOut, Rest } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { add } from '../../message/anomalies.ts'
import { Held } from '../../message/held.ts'
import { type Draft, ownDraft } from '../../message/message.ts'
import { BodyReader, type BodyState } from './body-reader.ts'
import { findHeadEnd, sectionText } from './head-parser.ts'
import { HeadReader } from './head-reader.ts'
import { Settling } from './settling.ts'
import { Skipping, type SkippingState } from './skipping.ts'
import { type ReaderSnapshot, type Side, State } from './states.ts'

/** Result of a step that needs more bytes. */
const MORE = -1

export class Reader<Start> {
  state: State = State.AwaitingHead
  message: Draft | null = null
  readonly held = new Held()
  /** Number of the frame with the last byte of what came before the message at hand; 0: none that is known. */
  before = 0
  /** How far held trailers were searched for their end. */
  #searched = 0
  #place: Place = { time: 0, packet: 0, offset: 0 }
  readonly #side: Side<Start>
  readonly #heads: HeadReader<Start>
  readonly #skipping: Skipping
  readonly #body: BodyReader
  readonly #settling: Settling
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits

  constructor(side: Side<Start>, out: ProtocolOut, limits: ProtocolLimits) {
    this.#side = side
    this.#heads = new HeadReader(side, limits)
    this.#settling = new Settling(out)
    this.#skipping = new Skipping(side.seek, out)
    this.#body = new BodyReader(side.seek, this.#settling, limits)
    this.#out = out
    this.#limits = limits
  }

  data(bytes: Uint8Array, place: Place): void {
    this.#place = place
    if (this.held.length === 0) {
      const at = this.#run(bytes, false)
      if (at < bytes.length) this.held.append(at === 0 ? bytes : bytes.subarray(at), place)
    } else {
      this.held.append(bytes, place)
      const at = this.#run(this.held.bytes, true)
      if (at > 0) this.held.drop(at)
    }
    this.#settling.flush()
  }

  /** Reads on after a pause. */
  resume(): void {
    if (this.state !== State.Paused) return
    this.state = State.AwaitingHead
    const { length } = this.held
    if (length === 0) return
    this.#place = this.held.placeAt(length - 1)
    const at = this.#run(this.held.bytes, true)
    if (at > 0) this.held.drop(at)
    this.#settling.flush()
  }

  gap(missing: number, place: Place): void {
    this.#place = place
    const { message } = this
    if (message !== null && this.#body.skip(this.state, message, missing, place)) {
      if (this.#body.state !== this.state) this.#enter(message, this.#body.state)
    } else {
      const known = message !== null && this.state === State.Body
      if (known) message.bodyBytes += this.#body.remaining
      this.#cut('http1.gap-in-head', known ? 'http1.gap-in-body' : 'http1.gap', 'gap')
      this.#seek('gap')
      this.before = 0
      if (missing > 0) this.#side.lost()
    }
    this.#settling.flush()
  }

  end(reason: EndReason, place: Place): void {
    if (this.state === State.HandedOver) return
    this.#place = place
    this.resume()
    const { message } = this
    if (this.state === State.UntilNext) this.finishUnframed()
    else if (message !== null && this.state === State.UntilClose && reason === 'fin') this.#complete(message)
    else this.#cut('http1.truncated-head', 'http1.truncated-body', 'unsupported')
    this.#heads.parser.pending = []
    this.#settling.flush()
  }

  /** Ends the message in progress, if there is one, before its time. */
  #cut(inHead: string, inBody: string, garbage: Fate): void {
    const { message, held } = this
    if (message !== null) {
      this.#takeHeld()
      add(message.anomalies, inBody)
      if (garbage === 'gap') message.gap = true
      if (held.length > 0) this.#settling.understood(held.length)
      held.clear()
      message.last = this.#place
      this.#complete(message)
      return
    }
    if (held.length === 0) return
    if (this.state === State.AwaitingHead) {
      const before = this.#heads.parser.pending
      this.#heads.parser.pending = [...before, inHead]
      const text = held.bytes.toString('latin1', 0, held.length)
      if (this.#parse(text, held.placeAt(0), garbage === 'gap')) this.#settling.understood(held.length)
      else {
        this.#heads.parser.pending = before
        this.#settling.settle(garbage, held.length)
      }
    } else {
      this.#settling.settle(this.state === State.SkippingHead ? 'cap' : this.#skipping.fate, held.length)
    }
    held.clear()
  }

  /** Reads a head that is not whole, and ends its message. */
  #parse(text: string, first: Place, gap: boolean): boolean {
    const found = this.#heads.readCut(text, first, this.#place)
    const message = this.#heads.take()
    if (found === 'cut' && message !== null) {
      message.gap = gap
      this.#complete(message)
    }
    return found !== 'garbage'
  }

  /** Steps until more bytes are needed; returns the index of the first unread one. */
  #run(bytes: Uint8Array, areHeld: boolean): number {
    let at = 0
    while (at < bytes.length) {
      const next = this.#step(bytes, at, areHeld ? this.held.placeAt(at) : this.#place)
      if (next === MORE) break
      at = next
    }
    return at
  }

  #step(bytes: Uint8Array, at: number, first: Place): number {
    switch (this.state) {
      case State.AwaitingHead:
        return this.#head(bytes, at, first)
      case State.Body:
      case State.ChunkLine:
      case State.ChunkData:
      case State.ChunkEnd:
      case State.UntilClose:
      case State.UntilNext:
        return this.#readBody(this.state, bytes, at)
      case State.Trailers:
        return this.#trailers(bytes, at)
      case State.Seeking:
      case State.SkippingHead:
      case State.SkippingLine:
        return this.#skip(this.state, bytes, at)
      case State.Paused:
      case State.HandedOver:
        return MORE
    }
    this.state satisfies never
  }

  #head(bytes: Uint8Array, at: number, first: Place): number {
    const heads = this.#heads
    const found = heads.read(bytes, at, first, this.#place)
    const { length } = heads
    const message = heads.take()
    switch (found) {
      case 'more':
        return MORE
      case 'garbage':
        return this.#garbage(at)
      case 'nothing':
        break
      case 'message':
        this.#open(message!)
        break
      case 'cut':
        if (message !== null) this.#complete(message)
        if (this.state !== State.HandedOver) this.state = State.SkippingHead
        break
      default:
        found satisfies never
    }
    this.#settling.understood(length)
    return at + length
  }

  #open(message: Draft): void {
    this.message = message
    this.#enter(message, this.#body.open(message))
  }

  /** The body's next state; AwaitingHead when it is over. */
  #enter(message: Draft, state: State): void {
    if (state === State.AwaitingHead) this.#complete(message)
    else this.state = state
  }

  #complete(message: Draft): void {
    this.message = null
    this.before = message.last.packet
    this.state = State.AwaitingHead
    this.state = this.#side.complete(message)
  }

  #readBody(state: BodyState, bytes: Uint8Array, at: number): number {
    const message = this.message!
    const next = this.#body.step(state, message, bytes, at, this.#place)
    if (next !== MORE && this.#body.state !== state) this.#enter(message, this.#body.state)
    return next
  }

  #trailers(bytes: Uint8Array, at: number): number {
    const message = this.message!
    const empty = bytes[at] === 10 ? at + 1 : bytes[at] === 13 && bytes[at + 1] === 10 ? at + 2 : -1
    const limit = at + this.#limits.headBytes
    const end = empty > 0 ? empty : findHeadEnd(bytes, at + Math.max(0, this.#searched - 2), limit)
    if (end < 0) {
      this.#searched = bytes.length - at
      if (bytes.length < limit) return MORE
      this.#searched = 0
      add(message.anomalies, 'http1.trailers-too-long')
      this.#complete(message)
      if (this.state === State.AwaitingHead) this.#seek('cap')
      return at
    }
    this.#searched = 0
    this.#heads.parser.trailers(sectionText(bytes, at, end), message)
    const { length } = this.#heads.parser
    message.last = this.#place
    this.#settling.understood(length)
    this.#complete(message)
    return at + length
  }

  /** The body of unknown length is over: there is an answer, or nothing follows. */
  finishUnframed(): void {
    if (this.state !== State.UntilNext) return
    this.#place = this.#lastPlace(this.message!)
    this.#takeHeld()
    this.#endUnframed(this.message!)
    this.#settling.flush()
  }

  #endUnframed(message: Draft): void {
    this.#complete(message)
    if (this.state === State.AwaitingHead) this.#seek('unsupported')
  }

  /** What could have begun the next message is body. */
  #takeHeld(): void {
    if (this.state !== State.UntilNext || this.held.length === 0) return
    this.#body.take(this.message!, this.held.bytes, 0, this.held.length, false, this.#place)
    this.held.clear()
  }

  #garbage(at: number): number {
    this.#heads.parser.pending = []
    this.#out.anomaly('http1.garbage', this.#place)
    this.#seek('unsupported')
    if (this.#side.skipsLines) {
      this.state = State.SkippingLine
      return at
    }
    // What was no message here must not be found here again.
    this.#settling.settle('unsupported', 1)
    return at + 1
  }

  #skip(state: SkippingState, bytes: Uint8Array, at: number): number {
    const next = this.#skipping.step(state, bytes, at)
    this.state = this.#skipping.state
    if (next > at) this.before = (this.held.length > 0 ? this.held.placeAt(next - 1) : this.#place).packet
    return next
  }

  #seek(fate: Fate): void {
    if (this.state === State.HandedOver) return
    this.state = State.Seeking
    this.#skipping.fate = fate
    this.#heads.forget()
    this.#searched = 0
  }

  /** Ends the message in progress where it is. */
  finish(): void {
    if (this.message !== null) {
      this.#place = this.#lastPlace(this.message)
      this.#cut('http1.truncated-head', 'http1.truncated-body', 'unsupported')
    }
    this.#settling.flush()
  }

  /** Of what was read and held. (`#place` is that of the last call, and not kept over a restart.) */
  #lastPlace(message: Draft): Place {
    const { length } = this.held
    return length > 0 ? this.held.placeAt(length - 1) : message.last
  }

  /** What is held and not settled: for who reads on. */
  rest(): readonly Rest[] {
    return this.held.pieces()
  }

  snapshot(): ReaderSnapshot {
    return {
      state: this.state,
      message: this.message,
      held: this.held.pieces(),
      remaining: this.#body.remaining,
      fate: this.#skipping.fate,
      pending: this.#heads.parser.pending,
      before: this.before,
    }
  }

  restore(from: ReaderSnapshot): void {
    this.state = from.state
    this.message = from.message === null ? null : ownDraft(from.message)
    for (const { bytes, place } of from.held) this.held.append(bytes, place)
    this.#body.remaining = from.remaining
    this.#skipping.fate = from.fate
    this.#heads.parser.pending = [...from.pending]
    this.before = from.before
  }
}

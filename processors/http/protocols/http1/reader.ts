/**
 * Reads the messages of one direction.
 *
 *                 ┌──────────────────────────── complete ◄────────────────────────────┐
 *                 ▼                                                                    │
 *   AwaitingHead ─┬─► Body (length known) ─────────────────────────────────────────────┤
 *        ▲  │     ├─► ChunkLine ─► ChunkData ─► ChunkEnd ─► ChunkLine … ─► Trailers ───┤
 *        │  │     └─► UntilClose ── end of the direction ──────────────────────────────┘
 *        │  └ no start line, lost framing, gap ─► Seeking ◄─ SkippingLine, SkippingHead
 *        └──────────────── plainly a start line ◄──┘
 *
 * Paused: behind CONNECT or Upgrade nothing is read until the response says what it is. HandedOver: no longer ours.
 */
import type { Place, ProtocolLimits, ProtocolOut, Rest } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { readChunkEnd, readChunkLine } from './chunked.ts'
import { add } from './fields.ts'
import { CHUNKED, ofResponse, UNTIL_CLOSE } from './framing.ts'
import { findHeadEnd, sectionText } from './head-parser.ts'
import { HeadReader } from './head-reader.ts'
import { Held } from './held.ts'
import { addBody, type Draft, ownDraft } from './message.ts'
import { Skipping, type SkippingState } from './skipping.ts'
import { type ReaderSnapshot, type Side, State } from './states.ts'

/** Result of a step that needs more bytes. */
const MORE = -1

export class Reader<Start> {
  state: State = State.AwaitingHead
  message: Draft | null = null
  readonly held = new Held()
  /** Bytes until the end of the body or chunk. */
  #remaining = 0
  /** How far held trailers were searched for their end. */
  #searched = 0
  #inspected = 0
  #place: Place = { time: 0, packet: 0, offset: 0 }
  readonly #side: Side<Start>
  readonly #heads: HeadReader<Start>
  readonly #skipping: Skipping
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits

  constructor(side: Side<Start>, out: ProtocolOut, limits: ProtocolLimits) {
    this.#side = side
    this.#heads = new HeadReader(side, limits)
    this.#skipping = new Skipping(side.seek, out)
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
    this.#flush()
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
    this.#flush()
  }

  gap(missing: number, place: Place): void {
    this.#place = place
    const { message } = this
    const inBody = this.state === State.Body || this.state === State.ChunkData
    if (
      message !== null &&
      (this.state === State.UntilClose || (inBody && missing > 0 && missing <= this.#remaining))
    ) {
      message.gap = true
      add(message.anomalies, 'http1.gap-in-body')
      message.bodyBytes += missing
      message.last = place
      this.#remaining -= missing
      if (inBody && this.#remaining === 0) this.#bodyEnd()
    } else {
      const known = message !== null && this.state === State.Body
      if (known) message.bodyBytes += this.#remaining
      this.#cut('http1.gap-in-head', known ? 'http1.gap-in-body' : 'http1.gap', 'gap')
      this.#seek('gap')
      if (missing > 0) this.#side.lost()
    }
    this.#flush()
  }

  end(reason: EndReason, place: Place): void {
    if (this.state === State.HandedOver) return
    this.#place = place
    this.resume()
    const { message } = this
    if (message !== null && this.state === State.UntilClose && reason === 'fin') this.#complete(message)
    else this.#cut('http1.truncated-head', 'http1.truncated-body', 'unsupported')
    this.#heads.parser.pending = []
    this.#flush()
  }

  /** Ends the message in progress, if there is one, before its time. */
  #cut(inHead: string, inBody: string, garbage: Fate): void {
    const { message, held } = this
    if (message !== null) {
      add(message.anomalies, inBody)
      if (garbage === 'gap') message.gap = true
      if (held.length > 0) this.#understood(held.length)
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
      if (this.#parse(text, held.placeAt(0), garbage === 'gap')) this.#understood(held.length)
      else {
        this.#heads.parser.pending = before
        this.#settle(garbage, held.length)
      }
    } else {
      this.#settle(this.state === State.SkippingHead ? 'cap' : this.#skipping.fate, held.length)
    }
    held.clear()
  }

  /** Reads a head that is not whole, and ends its message. */
  #parse(text: string, first: Place, gap: boolean): boolean {
    const found = this.#heads.readCut(text, first, this.#place)
    const { message } = this.#heads
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
      case State.ChunkData:
        return this.#body(bytes, at, Math.min(bytes.length, at + this.#remaining))
      case State.UntilClose:
        this.#remaining = bytes.length - at
        return this.#body(bytes, at, bytes.length)
      case State.ChunkLine:
        return this.#chunkLine(bytes, at)
      case State.ChunkEnd:
        return this.#chunkEnd(bytes, at)
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
    const { message, length } = heads
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
    this.#understood(length)
    return at + length
  }

  #open(message: Draft): void {
    this.message = message
    this.#remaining = message.length
    if (message.length === 0) this.#complete(message)
    else if (message.length === CHUNKED) this.state = State.ChunkLine
    else this.state = message.length === UNTIL_CLOSE ? State.UntilClose : State.Body
  }

  #complete(message: Draft): void {
    this.message = null
    this.state = State.AwaitingHead
    this.state = this.#side.complete(message)
  }

  #body(bytes: Uint8Array, at: number, to: number): number {
    const message = this.message!
    // A response that is here as a whole leaves at once; a request waits for its response.
    const passing = message.status > 0 && this.state === State.Body && to - at === message.length
    const kept = addBody(message, bytes, at, to, this.#limits, passing)
    this.#understood(kept)
    if (kept < to - at) this.#settle(message.gap ? 'gap' : 'cap', to - at - kept)
    message.last = this.#place
    this.#remaining -= to - at
    if (this.#remaining === 0 && this.state !== State.UntilClose) this.#bodyEnd()
    return to
  }

  #bodyEnd(): void {
    if (this.state === State.ChunkData) this.state = State.ChunkEnd
    else this.#complete(this.message!)
  }

  #chunkLine(bytes: Uint8Array, at: number): number {
    const line = readChunkLine(bytes, at)
    if (line === null) return MORE
    const message = this.message!
    message.last = this.#place
    if (line.anomaly !== null) this.#odd(message, line.anomaly)
    this.#understood(line.next - at)
    if (line.size < 0) this.#lostFraming(message)
    else if (line.size === 0) this.state = State.Trailers
    else {
      this.#remaining = line.size
      this.state = State.ChunkData
    }
    return line.next
  }

  #chunkEnd(bytes: Uint8Array, at: number): number {
    const next = readChunkEnd(bytes, at)
    if (next === MORE) return MORE
    const message = this.message!
    if (bytes[at] === 10) this.#odd(message, 'http1.bare-lf-after-chunk')
    message.last = this.#place
    this.#understood(next - at)
    if (next > at) this.state = State.ChunkLine
    else {
      this.#odd(message, 'http1.bad-chunk-end')
      this.#lostFraming(message)
    }
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
      this.#lostFraming(message)
      this.#skipping.fate = 'cap'
      return at
    }
    this.#searched = 0
    this.#heads.parser.trailers(sectionText(bytes, at, end), message)
    const { length } = this.#heads.parser
    message.last = this.#place
    this.#understood(length)
    this.#complete(message)
    return at + length
  }

  /** Something is odd about the chunks. */
  #odd(message: Draft, anomaly: string): void {
    add(message.anomalies, message.status > 0 ? ofResponse(anomaly) : anomaly)
  }

  #lostFraming(message: Draft): void {
    add(message.anomalies, 'http1.lost-framing')
    this.#complete(message)
    if (this.state === State.AwaitingHead) this.#seek('unsupported')
  }

  #garbage(at: number): number {
    this.#heads.parser.pending = []
    this.#out.anomaly('http1.garbage', this.#place)
    this.#seek('unsupported')
    this.state = State.SkippingLine
    return at
  }

  #skip(state: SkippingState, bytes: Uint8Array, at: number): number {
    const next = this.#skipping.step(state, bytes, at)
    this.state = this.#skipping.state
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
    if (this.message !== null) this.#cut('http1.truncated-head', 'http1.truncated-body', 'unsupported')
    this.#flush()
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
      remaining: this.#remaining,
      fate: this.#skipping.fate,
      pending: this.#heads.parser.pending,
    }
  }

  restore(from: ReaderSnapshot): void {
    this.state = from.state
    this.message = from.message === null ? null : ownDraft(from.message)
    for (const { bytes, place } of from.held) this.held.append(bytes, place)
    this.#remaining = from.remaining
    this.#skipping.fate = from.fate
    this.#heads.parser.pending = [...from.pending]
  }

  #understood(count: number): void {
    this.#inspected += count
  }

  #settle(fate: Fate, count: number): void {
    if (count > 0) this.#out.settle(fate, count)
  }

  #flush(): void {
    if (this.#inspected > 0) this.#out.settle('inspected', this.#inspected)
    this.#inspected = 0
  }
}

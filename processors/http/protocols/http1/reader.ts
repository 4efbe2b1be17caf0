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
import { readChunkLine } from './chunked.ts'
import { add } from './fields.ts'
import { CHUNKED, UNTIL_CLOSE } from './framing.ts'
import { findHeadEnd, HeadParser, lineEnd, sectionText } from './head-parser.ts'
import { Held } from './held.ts'
import { addBody, type Draft, draft, ownDraft } from './message.ts'
import { plainHead, scanPlainHead } from './scan.ts'
import { type ReaderSnapshot, type Side, State } from './states.ts'
import { latin1 } from './text.ts'

/** Result of a step that needs more bytes. */
const MORE = -1

export class Reader<Start> {
  state: State = State.AwaitingHead
  message: Draft | null = null
  readonly held = new Held()
  /** Bytes until the end of the body or chunk. */
  #remaining = 0
  /** What becomes of bytes skipped while seeking. */
  #fate: Fate = 'unsupported'
  /** How far the held head was searched for its end, and whether its first line was looked at. */
  #searched = 0
  #lineSeen = false
  #inspected = 0
  #place: Place = { time: 0, packet: 0, offset: 0 }
  readonly #side: Side<Start>
  readonly #parser: HeadParser<Start>
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits

  constructor(side: Side<Start>, out: ProtocolOut, limits: ProtocolLimits) {
    this.#side = side
    this.#parser = new HeadParser(side, limits)
    this.#out = out
    this.#limits = limits
  }

  data(bytes: Uint8Array, place: Place): void {
    this.#place = place
    if (this.held.length === 0) {
      const all = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const at = this.#run(all, false)
      if (at < all.length) this.held.append(all.subarray(at), place)
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
    this.#parser.pending = []
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
      const before = this.#parser.pending
      this.#parser.pending = [...before, inHead]
      const text = held.bytes.toString('latin1', 0, held.length)
      if (this.#parse(text, held.placeAt(0), garbage === 'gap')) this.#understood(held.length)
      else {
        this.#parser.pending = before
        this.#settle(garbage, held.length)
      }
    } else {
      this.#settle(this.state === State.SkippingHead ? 'cap' : this.#fate, held.length)
    }
    held.clear()
  }

  /** Parses a head that is not whole. */
  #parse(text: string, first: Place, gap: boolean): boolean {
    const nl = text.indexOf('\n')
    const start = this.#side.startLine(text.slice(0, lineEnd(text, nl)))
    if (start === null) return false
    const message = this.#begin(text, start, nl < 0 ? text.length : nl + 1, first)
    if (message === null) return true
    message.gap = gap
    this.#complete(message)
    return true
  }

  /** Steps until more bytes are needed; returns the index of the first unread one. */
  #run(bytes: Buffer, areHeld: boolean): number {
    let at = 0
    while (at < bytes.length) {
      const next = this.#step(bytes, at, areHeld ? this.held.placeAt(at) : this.#place)
      if (next === MORE) break
      at = next
    }
    return at
  }

  #step(bytes: Buffer, at: number, first: Place): number {
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
        return this.#seekNext(bytes, at)
      case State.SkippingHead:
        return this.#skipHead(bytes, at)
      case State.SkippingLine:
        return this.#skipLine(bytes, at)
      case State.Paused:
      case State.HandedOver:
        return MORE
    }
    this.state satisfies never
  }

  #head(bytes: Buffer, at: number, first: Place): number {
    const byte = bytes[at]!
    if (byte === 13 || byte === 10) {
      // RFC 9112 §2.2: at least one empty line before a request line is ignored.
      if (!this.#parser.pending.includes('http1.leading-empty-line'))
        this.#parser.pending.push('http1.leading-empty-line')
      this.#understood(1)
      return at + 1
    }
    const kind = this.#side.look(bytes, at)
    if (kind === 'more') return MORE
    if (kind === 'garbage') return this.#garbage(at)
    if (kind === 'simple') {
      const message = draft(this.#side.simpleHead(first), first)
      this.#side.began(message)
      this.#open(message)
      return at
    }
    const limit = at + this.#limits.headBytes
    if (this.#searched === 0 && scanPlainHead(bytes, at, limit, this.#limits.headers)) {
      const plain = this.#plainHead(bytes, at, first)
      if (plain !== MORE) return plain
    }
    const headEnd = findHeadEnd(bytes, at + Math.max(0, this.#searched - 2), limit)
    if (headEnd < 0) {
      const next = this.#lineSeen ? MORE : this.#firstLine(bytes, at, limit, first)
      if (next !== MORE) return next
      this.#searched = bytes.length - at
      return bytes.length < limit ? MORE : this.#tooLong(bytes, at, limit, first)
    }
    const text = sectionText(bytes, at, headEnd)
    const nl = text.indexOf('\n')
    const start = this.#side.startLine(text.slice(0, lineEnd(text, nl)))
    if (start === null) return this.#garbage(at)
    const message = this.#begin(text, start, nl + 1, first)
    const next = at + this.#parser.length
    this.#understood(this.#parser.length)
    if (message !== null) this.#open(message)
    return next
  }

  /** Nothing is odd about this head, except perhaps its start line: then MORE, and the long way is taken. */
  #plainHead(bytes: Buffer, at: number, first: Place): number {
    const { lineEnd: line, end } = plainHead
    const text = latin1(bytes, at, end)
    const start = this.#side.startLine(text.slice(0, line - at))
    if (start === null || this.#side.isSimple(start)) return MORE
    this.#lineSeen = false
    this.#understood(end - at)
    const message = this.#parser.beginPlain(text, start, plainHead, first, this.#place)
    if (message !== null) this.#open(message)
    return end
  }

  /** What fits the limit is the message; the rest of the section is skipped. */
  #tooLong(bytes: Buffer, at: number, limit: number, first: Place): number {
    this.#parser.pending.push('http1.head-too-long')
    if (!this.#parse(bytes.toString('latin1', at, limit), first, false)) return this.#garbage(at)
    this.#understood(limit - at)
    if (this.state !== State.HandedOver) this.state = State.SkippingHead
    return limit
  }

  /** The first line is whole, the head is not: garbage and HTTP/0.9 show already. */
  #firstLine(bytes: Buffer, at: number, limit: number, first: Place): number {
    const nl = bytes.indexOf(10, at)
    if (nl < 0 || nl >= limit) return MORE
    this.#lineSeen = true
    const line = bytes.toString('latin1', at, bytes[nl - 1] === 13 ? nl - 1 : nl)
    const start = this.#side.startLine(line)
    if (start === null) return this.#garbage(at)
    if (!this.#side.isSimple(start)) return MORE
    const message = this.#begin(bytes.toString('latin1', at, nl + 1), start, nl + 1 - at, first)
    this.#understood(this.#parser.length)
    const next = at + this.#parser.length
    if (message !== null) this.#open(message)
    return next
  }

  #begin(text: string, start: Start, fieldsAt: number, first: Place): Draft | null {
    this.#searched = 0
    this.#lineSeen = false
    return this.#parser.begin(text, start, fieldsAt, first, this.#place)
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

  #body(bytes: Buffer, at: number, to: number): number {
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

  #chunkLine(bytes: Buffer, at: number): number {
    const line = readChunkLine(bytes, at)
    if (line === null) return MORE
    const message = this.message!
    message.last = this.#place
    if (line.anomaly !== null) add(message.anomalies, line.anomaly)
    this.#understood(line.next - at)
    if (line.size < 0) this.#lostFraming(message)
    else if (line.size === 0) this.state = State.Trailers
    else {
      this.#remaining = line.size
      this.state = State.ChunkData
    }
    return line.next
  }

  #chunkEnd(bytes: Buffer, at: number): number {
    const message = this.message!
    if (bytes[at] === 10) add(message.anomalies, 'http1.bare-lf-after-chunk')
    else if (bytes[at] === 13 && bytes.length === at + 1) return MORE
    const next = bytes[at] === 10 ? at + 1 : bytes[at] === 13 && bytes[at + 1] === 10 ? at + 2 : at
    message.last = this.#place
    this.#understood(next - at)
    if (next > at) this.state = State.ChunkLine
    else {
      add(message.anomalies, 'http1.bad-chunk-end')
      this.#lostFraming(message)
    }
    return next
  }

  #trailers(bytes: Buffer, at: number): number {
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
      this.#fate = 'cap'
      return at
    }
    this.#searched = 0
    this.#parser.trailers(sectionText(bytes, at, end), message)
    const { length } = this.#parser
    message.last = this.#place
    this.#understood(length)
    this.#complete(message)
    return at + length
  }

  #lostFraming(message: Draft): void {
    add(message.anomalies, 'http1.lost-framing')
    this.#complete(message)
    if (this.state === State.AwaitingHead) this.#seek('unsupported')
  }

  #garbage(at: number): number {
    this.#parser.pending = []
    this.#out.anomaly('http1.garbage', this.#place)
    this.#seek('unsupported')
    this.state = State.SkippingLine
    return at
  }

  #seek(fate: Fate): void {
    if (this.state === State.HandedOver) return
    this.state = State.Seeking
    this.#fate = fate
    this.#searched = 0
    this.#lineSeen = false
  }

  #seekNext(bytes: Buffer, at: number): number {
    const next = this.#side.seek(bytes, at)
    this.#settle(this.#fate, next.at - at)
    if (next.found) this.state = State.AwaitingHead
    return next.found || next.at > at ? next.at : MORE
  }

  /** A line in its place that is no start line: nothing in it is. */
  #skipLine(bytes: Buffer, at: number): number {
    const nl = bytes.indexOf(10, at)
    const next = nl < 0 ? bytes.length : nl + 1
    this.#settle('unsupported', next - at)
    if (nl >= 0) this.state = State.Seeking
    return next
  }

  /** The rest of a head that was too long: to its empty line, then its body of unknown length. */
  #skipHead(bytes: Buffer, at: number): number {
    const end = findHeadEnd(bytes, at, Number.POSITIVE_INFINITY)
    const next = end < 0 ? Math.max(at, bytes.length - 2) : end
    this.#settle('cap', next - at)
    if (end >= 0) this.#seek('cap')
    return end < 0 && next === at ? MORE : next
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
      fate: this.#fate,
      pending: this.#parser.pending,
    }
  }

  restore(from: ReaderSnapshot): void {
    this.state = from.state
    this.message = from.message === null ? null : ownDraft(from.message)
    for (const { bytes, place } of from.held) this.held.append(bytes, place)
    this.#remaining = from.remaining
    this.#fate = from.fate
    this.#parser.pending = [...from.pending]
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

/**
 * One direction, from bytes to frames.
 *
 *   Preface ──► Header ◄──────────────────────────────┐
 *                 ├─ DATA ──► Padded? ──► Data ──► Rest ┤     payload handed on as it comes
 *                 ├─ known, not too long ──► Payload ───┤     handed on when it is whole
 *                 └─ unknown or too long ──► Rest ──────┘     passed over
 *   a hole that ends inside the frame in progress: the frame goes on behind it
 *   any other hole, or bytes that are no frames ──► Seeking ── a chain of frames (chain.ts) ──► Header
 */
import type { Direction, Place, ProtocolOut } from '#schemas/contracts/protocol.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { Held } from '../../message/held.ts'
import { chainAt } from './chain.ts'
import { DEFAULT_FRAME, Flag, HEADER, isKnownType, lengthAt, PREFACE, streamAt, Type } from './frame.ts'
import { type Frame, type FrameSink, type ReaderSnapshot, State } from './states.ts'

const NOWHERE: Place = { time: 0, packet: 0, offset: -1 }

export class Reader {
  readonly #dir: Direction
  readonly #sink: FrameSink
  readonly #out: ProtocolOut
  /** Longest payload that is held until it is whole. */
  readonly #longest: number
  /** Largest frame that the other side allows, as far as that was seen. */
  allowed = DEFAULT_FRAME
  #state: State
  readonly #held = new Held()
  #frame: Frame = { type: 0, flags: 0, stream: 0, length: 0, first: NOWHERE, last: NOWHERE }
  /** Bytes of the payload that are to come: of DATA without padding. */
  #left = 0
  #padding = 0
  /** What becomes of bytes that are passed over. */
  #fate: Fate = 'inspected'
  /** The capture began before the first byte of this direction that was seen: maybe in the middle of the connection. */
  #inside = false
  #inspected = 0

  constructor(dir: Direction, sink: FrameSink, out: ProtocolOut, longest: number) {
    this.#dir = dir
    this.#sink = sink
    this.#out = out
    this.#longest = longest
    this.#state = dir === 0 ? State.Preface : State.Header
  }

  /** Memory it takes, about. */
  get size(): number {
    return this.#held.size
  }

  data(bytes: Uint8Array, place: Place): void {
    if (this.#held.length === 0) {
      const at = this.#run(bytes, place, false)
      if (at < bytes.length) this.#held.append(at === 0 ? bytes : bytes.subarray(at), place)
    } else {
      this.#held.append(bytes, place)
      this.#runHeld(place, false)
    }
    this.#flush()
  }

  /** `missing`: 0 when it is unknown how many. */
  gap(missing: number, place: Place): void {
    if (missing === 0 && this.#state === State.Preface && this.#held.length === 0) this.#inside = true
    else if (missing > 0 && this.#goesOn(missing)) this.#holed(missing, place)
    else this.#lose(missing === 0)
    this.#flush()
  }

  end(place: Place): void {
    if (this.#state === State.Seeking) this.#runHeld(place, true)
    this.#drop(this.#state === State.Seeking ? 'gap' : 'unsupported')
    this.#flush()
  }

  snapshot(): ReaderSnapshot {
    return {
      state: this.#state,
      frame: this.#frame,
      held: this.#held.pieces(),
      left: this.#left,
      padding: this.#padding,
      fate: this.#fate,
      inside: this.#inside,
    }
  }

  restore(from: ReaderSnapshot): void {
    this.#state = from.state
    this.#frame = { ...from.frame }
    for (const { bytes, place } of from.held) this.#held.append(bytes, place)
    this.#left = from.left
    this.#padding = from.padding
    this.#fate = from.fate
    this.#inside = from.inside
  }

  #runHeld(place: Place, ended: boolean): void {
    const at = this.#run(this.#held.bytes, place, ended)
    if (at > 0) this.#held.drop(at)
  }

  /** Reads as far as it can; returns up to where. `place`: of the last byte. */
  #run(bytes: Uint8Array, place: Place, ended: boolean): number {
    let at = 0
    for (;;) {
      const next = this.#step(bytes, at, place, ended)
      if (next < 0) return at
      at = next
    }
  }

  /** One step of the machine from `at`; returns where the next begins, or -1 when bytes are missing for it. */
  #step(bytes: Uint8Array, at: number, place: Place, ended: boolean): number {
    const there = bytes.length - at
    const frame = this.#frame
    switch (this.#state) {
      case State.Header:
        return there < HEADER ? -1 : this.#header(bytes, at, place)
      case State.Payload: {
        if (there < frame.length) return -1
        const end = at + frame.length
        frame.last = this.#placeAt(end - 1, place)
        this.#inspected += frame.length
        this.#state = State.Header
        this.#sink.complete(frame, bytes, at, end)
        return end
      }
      case State.Data: {
        const to = at + Math.min(there, this.#left)
        if (to === at && this.#left > 0) return -1
        if (to > at) {
          frame.last = this.#placeAt(to - 1, place)
          this.#sink.data(frame, bytes, at, to)
        }
        this.#left -= to - at
        if (this.#left === 0) this.#rest(this.#padding, 'inspected')
        return to
      }
      case State.Padded:
        return there === 0 ? -1 : this.#padded(bytes, at, place)
      case State.Rest: {
        const to = at + Math.min(there, this.#left)
        if (to === at && this.#left > 0) return -1
        this.#settle(this.#fate, to - at)
        this.#left -= to - at
        if (to > at) frame.last = this.#placeAt(to - 1, place)
        if (this.#left === 0) this.#past()
        return to
      }
      case State.Preface:
        return this.#preface(bytes, at, place)
      case State.Seeking:
        return this.#seek(bytes, at, ended)
      default:
        return this.#state satisfies never
    }
  }

  #header(bytes: Uint8Array, at: number, place: Place): number {
    const frame = this.#frame
    const length = lengthAt(bytes, at)
    const type = bytes[at + 3]!
    const known = isKnownType(type)
    frame.first = this.#placeAt(at, place)
    if (length > this.allowed) {
      // A length that nobody allowed, of a type that nobody knows: these are no frames.
      if (!known) return this.#derail(at, frame.first)
      this.#sink.anomaly('http2.frame-too-large', frame.first)
    }
    frame.last = this.#placeAt(at + HEADER - 1, place)
    frame.type = type
    frame.flags = bytes[at + 4]!
    frame.stream = streamAt(bytes, at + 5)
    frame.length = length
    this.#inspected += HEADER
    this.#sink.began(frame)
    if (type === Type.Data) {
      this.#left = length
      this.#padding = 0
      this.#state = (frame.flags & Flag.Padded) !== 0 && length > 0 ? State.Padded : State.Data
    } else if (known && length <= this.#longest) this.#state = State.Payload
    else {
      if (known) this.#sink.skipped(frame, 'cap')
      this.#rest(length, known ? 'cap' : 'unsupported')
    }
    return at + HEADER
  }

  /** DATA: `pad-length(8) data *pad-length(octet)`. */
  #padded(bytes: Uint8Array, at: number, place: Place): number {
    const padding = bytes[at]!
    this.#inspected++
    this.#left--
    if (padding > this.#left) {
      // A connection error (RFC 9113 §6.1): nobody takes anything from it.
      this.#sink.anomaly('http2.bad-padding', this.#placeAt(at, place))
      this.#rest(this.#left, 'inspected')
    } else {
      this.#padding = padding
      this.#left -= padding
      this.#state = State.Data
    }
    return at + 1
  }

  /** Passes over the rest of the frame. */
  #rest(bytes: number, fate: Fate): void {
    this.#left = bytes
    this.#padding = 0
    this.#fate = fate
    this.#state = State.Rest
  }

  #past(): void {
    this.#state = State.Header
    if (this.#frame.type === Type.Data) this.#sink.complete(this.#frame, EMPTY, 0, 0)
  }

  #preface(bytes: Uint8Array, at: number, place: Place): number {
    const there = Math.min(bytes.length - at, PREFACE.length)
    for (let i = 0; i < there; i++) {
      if (bytes[at + i] === PREFACE[i]) continue
      if (!this.#inside) this.#sink.anomaly('http2.bad-preface', this.#placeAt(at, place))
      this.#lost()
      return at
    }
    if (there < PREFACE.length) return -1
    this.#inspected += PREFACE.length
    this.#state = State.Header
    this.#sink.preface()
    return at + PREFACE.length
  }

  #seek(bytes: Uint8Array, at: number, ended: boolean): number {
    let next = at
    let found = false
    for (; next + HEADER <= bytes.length; next++) {
      const first = this.#inside && isFirstSettings(bytes, next)
      const verdict = first ? 'yes' : chainAt(bytes, next, this.#dir, ended)
      if (verdict === 'more') break
      this.#inside = false
      if (verdict === 'no') continue
      found = true
      if (!first) this.#sink.found()
      break
    }
    this.#settle('gap', next - at)
    if (found) this.#state = State.Header
    return found || next > at ? next : -1
  }

  /** Does the frame in progress go on behind a hole of this size? */
  #goesOn(missing: number): boolean {
    switch (this.#state) {
      case State.Data:
      case State.Padded:
        return missing <= this.#left + this.#padding
      case State.Rest:
        return missing <= this.#left
      case State.Payload:
        return missing <= this.#frame.length - this.#held.length
      case State.Preface:
      case State.Header:
      case State.Seeking:
        return false
      default:
        return this.#state satisfies never
    }
  }

  #holed(missing: number, place: Place): void {
    const frame = this.#frame
    frame.last = place
    if (this.#state === State.Data) {
      const data = Math.min(missing, this.#left)
      this.#sink.hole(frame, data)
      this.#left -= data
      if (this.#left === 0) this.#rest(this.#padding - (missing - data), 'inspected')
    } else if (this.#state === State.Payload) {
      const left = frame.length - this.#held.length - missing
      this.#drop('gap')
      this.#sink.skipped(frame, 'gap')
      this.#rest(left, 'gap')
    } else {
      // How much of it is padding is not known any more.
      if (this.#state === State.Padded) {
        this.#sink.hole(frame, this.#left - 1)
        this.#rest(this.#left, 'gap')
      }
      this.#left -= missing
    }
    if (this.#state === State.Rest && this.#left === 0) this.#past()
  }

  /** What stands here is no frame. */
  #derail(at: number, place: Place): number {
    this.#sink.anomaly('http2.lost-framing', place)
    this.#lost()
    return at
  }

  #lose(unknown: boolean): void {
    this.#drop('gap')
    this.#inside = unknown
    this.#lost()
  }

  #lost(): void {
    this.#state = State.Seeking
    this.#sink.lost()
  }

  /** Of a byte of the bytes that are read; `place`: of those that just came. */
  #placeAt(at: number, place: Place): Place {
    return this.#held.length > 0 ? this.#held.placeAt(at) : place
  }

  #drop(fate: Fate): void {
    this.#settle(fate, this.#held.length)
    this.#held.clear()
  }

  #settle(fate: Fate, bytes: number): void {
    if (fate === 'inspected') this.#inspected += bytes
    else if (bytes > 0) this.#out.settle(fate, bytes)
  }

  #flush(): void {
    if (this.#inspected > 0) this.#out.settle('inspected', this.#inspected)
    this.#inspected = 0
  }
}

const EMPTY = new Uint8Array(0)

/** The first thing that a server says is SETTINGS (RFC 9113 §3.4): where that stands first, nothing was before it. */
function isFirstSettings(bytes: Uint8Array, at: number): boolean {
  const length = lengthAt(bytes, at)
  return (
    bytes[at + 3] === Type.Settings &&
    bytes[at + 4] === 0 &&
    streamAt(bytes, at + 5) === 0 &&
    length % 6 === 0 &&
    length <= 384
  )
}

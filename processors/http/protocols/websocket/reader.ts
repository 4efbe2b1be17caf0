/**
 * Reads the frames of one direction.
 *
 *   AwaitingHeader ── header ──► Payload ── its last byte ──► AwaitingHeader
 *                                   └── of a close frame ──► Closed
 *
 *   Bytes missing inside a payload whose length is known: the rest of the payload is skipped, and reading goes on.
 *   Bytes missing elsewhere: Lost, until a trial (trial.ts) finds frames again; from then on a frame that cannot be is taken
 *   for a mistake of the trial: Lost.
 *   A length that cannot be: Lost for good.
 */
import type { Direction, Place, ProtocolOut } from '#schemas/contracts/protocol.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import {
  CONTROL,
  type Frame,
  HEADER,
  headerLength,
  isControl,
  isKnown,
  OPCODE,
  oddities,
  parseFrame,
  plausible,
} from './frame.ts'
import { add, addPayload, type Draft, draft, ownDraft, sizeOf } from './message.ts'
import { Trial, type TrialSnapshot } from './trial.ts'

const State = { AwaitingHeader: 0, Payload: 1, Closed: 2, Lost: 3 } as const
type State = (typeof State)[keyof typeof State]

/** Frames of one message beyond which it is reported. They cost us nothing. */
const FRAMES = 4096

/** Plain data. */
export interface ReaderSnapshot {
  readonly state: State
  readonly head: Uint8Array
  readonly headPlace: Place | null
  readonly frame: Frame | null
  readonly position: number
  readonly message: Draft | null
  readonly control: Draft | null
  readonly fate: Fate
  readonly trial: TrialSnapshot | null
  readonly found: boolean
}

/** What a direction tells its session. */
export interface Listener {
  /** A finished message, or a close frame. */
  complete(message: Draft): void
  /** Messages may be missing here. */
  lost(): void
}

export class Reader {
  /** The message in progress. */
  message: Draft | null = null
  readonly #dir: Direction
  readonly #out: ProtocolOut
  readonly #bodyKeep: number
  readonly #compression: boolean
  readonly #listener: Listener
  #state: State = State.AwaitingHeader
  readonly #head = new Uint8Array(HEADER)
  #headLength = 0
  /** Where the header began. */
  #headPlace: Place | null = null
  #frame: Frame | null = null
  /** Payload bytes of the frame so far. */
  #position = 0
  /** The payload of a control frame: those come between the frames of a message. */
  #control: Draft | null = null
  /** Of bytes that nobody can read any more. */
  #fate: Fate = 'unsupported'
  /** Looks for frames after a gap. */
  #trial: Trial | null = null
  /** Where frames begin was found by a trial. */
  #found = false
  #inspected = 0

  constructor(dir: Direction, out: ProtocolOut, bodyKeep: number, compression: boolean, listener: Listener) {
    this.#dir = dir
    this.#out = out
    this.#bodyKeep = bodyKeep
    this.#compression = compression
    this.#listener = listener
  }

  get held(): number {
    return HEADER + sizeOf(this.message) + sizeOf(this.#control)
  }

  data(bytes: Uint8Array, place: Place): void {
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case State.AwaitingHeader:
          at = this.#header(bytes, at, place)
          break
        case State.Payload:
          at = this.#payload(bytes, at, place)
          break
        case State.Closed:
          this.#out.anomaly('websocket.data-after-close', place)
          this.#out.settle('unsupported', bytes.length - at)
          at = bytes.length
          break
        case State.Lost:
          at = this.#lost(bytes, at, place)
          break
        default:
          this.#state satisfies never
      }
    }
    this.#flush()
  }

  gap(missing: number, place: Place): void {
    if (this.#state === State.Lost) this.#trial?.stop()
    if (this.#state === State.Closed || this.#state === State.Lost) return
    const payload = this.#state === State.Payload ? this.#frame! : null
    if (payload === null || missing === 0 || missing > payload.length - this.#position) {
      this.#cut('websocket.gap', 'gap', place)
      this.#lose('gap')
      return
    }
    const message = this.#receiver(payload)
    if (message !== null) {
      message.gap = true
      message.bytes += missing
      message.last = place
      add(message.anomalies, 'websocket.gap')
    }
    this.#position += missing
    if (this.#position === payload.length) this.#frameEnd(payload)
  }

  end(place: Place): void {
    if (this.#state === State.AwaitingHeader || this.#state === State.Payload) {
      this.#cut('websocket.truncated', 'unsupported', place)
    }
  }

  /** Settles what cannot be read, or finds that it can. */
  #lost(bytes: Uint8Array, at: number, place: Place): number {
    const trial = this.#trial
    if (trial?.begins(place) === true) {
      this.#trial = null
      this.#found = true
      this.#state = State.AwaitingHeader
      return at
    }
    const rest = at === 0 ? bytes : bytes.subarray(at)
    trial?.read(rest)
    this.#out.settle(this.#fate, rest.length)
    return bytes.length
  }

  /** Collects a header; it is understood when it is whole. */
  #header(bytes: Uint8Array, at: number, place: Place): number {
    const head = this.#head
    this.#headPlace ??= place
    const need = this.#headLength < 2 ? 2 : headerLength(head)
    const take = Math.min(need - this.#headLength, bytes.length - at)
    for (let i = 0; i < take; i++) head[this.#headLength + i] = bytes[at + i]!
    this.#headLength += take
    if (this.#headLength >= 2 && this.#headLength === headerLength(head)) {
      const first = this.#headPlace
      this.#inspected += this.#headLength
      this.#headLength = 0
      this.#headPlace = null
      this.#begin(parseFrame(head), first, place)
    }
    return at + take
  }

  #begin(frame: Frame, first: Place, place: Place): void {
    if (this.#found && !plausible(frame, this.#dir, this.#compression)) {
      this.#cut('websocket.gap', 'gap', place)
      this.#lose('gap')
      return
    }
    if (!isKnown(frame.opcode)) this.#out.anomaly('websocket.reserved-opcode', first)
    if (frame.length === Number.POSITIVE_INFINITY) {
      this.#out.anomaly('websocket.bad-length', first)
      this.#cut('websocket.truncated', 'unsupported', place)
      this.#lose('unsupported')
      return
    }
    const target = this.#open(frame, first)
    const compressed = target?.compressed === true && frame.opcode !== OPCODE.continuation
    for (const kind of oddities(frame, this.#dir, compressed)) {
      if (target === null) this.#out.anomaly(kind, first)
      else add(target.anomalies, kind)
    }
    if (target !== null) target.last = place
    this.#frame = frame
    this.#position = 0
    this.#state = State.Payload
    if (frame.length === 0) this.#frameEnd(frame)
  }

  /** What the frame's payload belongs to; null when nobody reads it. */
  #open(frame: Frame, first: Place): Draft | null {
    if (!isKnown(frame.opcode)) return null
    if (isControl(frame.opcode)) {
      this.#control = draft(frame.opcode, false, first)
      this.#control.frames = 1
      return this.#control
    }
    const { message } = this
    if (frame.opcode !== OPCODE.continuation) {
      if (message !== null) this.#finish(message, 'websocket.interrupted')
      this.message = draft(frame.opcode, frame.rsv1 && this.#compression, first)
    } else if (message === null) {
      this.message = draft(OPCODE.binary, false, first)
      // Of a message whose beginning is missing, perhaps.
      this.message.gap = this.#found
      add(this.message.anomalies, this.#found ? 'websocket.gap' : 'websocket.unexpected-continuation')
    }
    const opened = this.message!
    if (++opened.frames > FRAMES) add(opened.anomalies, 'websocket.many-frames')
    return opened
  }

  #payload(bytes: Uint8Array, at: number, place: Place): number {
    const frame = this.#frame!
    const to = Math.min(bytes.length, at + frame.length - this.#position)
    const target = this.#receiver(frame)
    if (target === null) this.#out.settle('unsupported', to - at)
    else {
      const limit = target === this.#control ? CONTROL : this.#bodyKeep
      const kept = addPayload(target, bytes, at, to, frame.key, this.#position, limit)
      target.last = place
      this.#inspected += kept
      if (kept < to - at) this.#out.settle(target.gap ? 'gap' : 'cap', to - at - kept)
    }
    this.#position += to - at
    if (this.#position === frame.length) this.#frameEnd(frame)
    return to
  }

  #receiver(frame: Frame): Draft | null {
    return isControl(frame.opcode) ? this.#control : isKnown(frame.opcode) ? this.message : null
  }

  #frameEnd(frame: Frame): void {
    this.#state = State.AwaitingHeader
    this.#frame = null
    const control = this.#control
    if (control !== null) {
      this.#control = null
      this.#controlEnd(control)
    } else if (frame.fin && this.message !== null && isKnown(frame.opcode)) {
      const { message } = this
      this.message = null
      this.#listener.complete(message)
    }
  }

  /** Pings and pongs are no messages: what is strange about them belongs to the connection. */
  #controlEnd(control: Draft): void {
    if (control.opcode !== OPCODE.close) {
      for (const kind of control.anomalies) this.#out.anomaly(kind, control.first)
      return
    }
    if (this.message !== null) this.#finish(this.message, 'websocket.interrupted')
    this.#listener.complete(control)
    this.#state = State.Closed
  }

  /** Ends a message before its last frame. */
  #finish(message: Draft, why: string): void {
    this.message = null
    message.gap = true
    add(message.anomalies, why)
    this.#listener.complete(message)
  }

  /** Nothing more comes of what is in progress. */
  #cut(why: string, fate: Fate, place: Place): void {
    const inControl = this.#control !== null
    this.#control = null
    if (this.message !== null) this.#finish(this.message, why)
    else if (inControl || this.#frame !== null || this.#headLength > 0 || fate === 'gap') this.#out.anomaly(why, place)
    if (this.#headLength > 0) this.#out.settle(fate, this.#headLength)
    this.#headLength = 0
    this.#headPlace = null
    this.#frame = null
  }

  #lose(fate: Fate): void {
    this.#state = State.Lost
    this.#fate = fate
    this.#trial = fate === 'gap' ? new Trial(this.#dir, this.#compression) : null
    this.#listener.lost()
  }

  #flush(): void {
    if (this.#inspected > 0) this.#out.settle('inspected', this.#inspected)
    this.#inspected = 0
  }

  snapshot(): ReaderSnapshot {
    return {
      state: this.#state,
      head: this.#head.slice(0, this.#headLength),
      headPlace: this.#headPlace,
      frame: this.#frame,
      position: this.#position,
      message: this.message,
      control: this.#control,
      fate: this.#fate,
      trial: this.#trial?.snapshot() ?? null,
      found: this.#found,
    }
  }

  restore(from: ReaderSnapshot): void {
    this.#state = from.state
    this.#head.set(from.head)
    this.#headLength = from.head.length
    this.#headPlace = from.headPlace
    this.#frame = from.frame
    this.#position = from.position
    this.message = from.message === null ? null : ownDraft(from.message)
    this.#control = from.control === null ? null : ownDraft(from.control)
    this.#fate = from.fate
    this.#found = from.found
    if (from.trial === null) return
    this.#trial = new Trial(this.#dir, this.#compression)
    this.#trial.restore(from.trial)
  }
}

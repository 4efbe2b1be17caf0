/**
 * Header blocks of one direction: put together from their frames (RFC 9113 §4.3, §6.2, §6.6, §6.10), then decoded.
 *
 *   HEADERS       = [pad-length(8)] [dependency(32) weight(8)] fragment *padding
 *   PUSH_PROMISE  = [pad-length(8)] promised(32) fragment *padding
 *   CONTINUATION  = fragment
 *
 *   Closed ── HEADERS, PUSH_PROMISE ──► Open ── CONTINUATION of that stream, END_HEADERS ──► Closed
 *   a block that is not read to its end may have held insertions: the dynamic table is lost with it
 */
import type { Place, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import type { Field } from './field.ts'
import { Flag, streamAt, Type } from './frame.ts'
import { HpackDecoder } from './hpack/decoder.ts'
import type { TableSnapshot } from './hpack/dynamic-table.ts'
import type { Frame } from './states.ts'

/** What a header block says, decoded. The object and `fields` are reused: valid during the call. */
export interface Section {
  stream: number
  /** The stream that a PUSH_PROMISE announces, -1 when that was not read; 0 of other blocks. */
  promised: number
  /** The last of the message. */
  end: boolean
  readonly fields: Field[]
  /** What is wrong with the block. */
  anomalies: string[]
  /** Length of the block as sent. */
  length: number
  first: Place
  last: Place
}

interface Open {
  readonly stream: number
  readonly promised: number
  readonly end: boolean
  readonly first: Place
  /** Fragments so far: the first `length` bytes. */
  bytes: Uint8Array
  length: number
  frames: number
  anomalies: string[]
}

/** Plain data. */
export interface BlocksSnapshot {
  readonly open: Open | null
  readonly table: TableSnapshot
  readonly read: boolean
}

export class Blocks {
  readonly decoder: HpackDecoder
  /** A block was decoded. */
  read = false
  readonly #limits: ProtocolLimits
  readonly #take: (section: Section) => void
  #open: Open | null = null
  readonly #section: Section

  constructor(limits: ProtocolLimits, take: (section: Section) => void) {
    this.#limits = limits
    this.#take = take
    this.decoder = new HpackDecoder(limits.http2.table)
    const nowhere = { time: 0, packet: 0, offset: -1 }
    this.#section = {
      stream: 0,
      promised: 0,
      end: false,
      fields: [],
      anomalies: [],
      length: 0,
      first: nowhere,
      last: nowhere,
    }
  }

  /** Memory it takes, about. */
  get size(): number {
    return this.decoder.table.size + (this.#open?.bytes.length ?? 0)
  }

  /** The stream of the block in progress; 0 when there is none. */
  get stream(): number {
    return this.#open?.stream ?? 0
  }

  /** Any frame begins: between the frames of a block there may be no other (RFC 9113 §6.10). */
  interrupt(frame: Frame): void {
    const open = this.#open
    if (open === null || (frame.type === Type.Continuation && frame.stream === open.stream)) return
    this.#giveUp(open, 'http2.interrupted-header-block', frame.first)
  }

  /** HEADERS or PUSH_PROMISE, whole. */
  begin(frame: Frame, bytes: Uint8Array, from: number, to: number): void {
    let at = from
    let end = to
    const padded = (frame.flags & Flag.Padded) !== 0
    if (padded) end -= bytes[at++] ?? 0
    let promised = 0
    if (frame.type === Type.PushPromise) {
      if (at + 4 <= to) promised = streamAt(bytes, at)
      at += 4
    } else if ((frame.flags & Flag.Priority) !== 0) at += 5
    const last = frame.type === Type.Headers && (frame.flags & Flag.EndStream) !== 0
    const { stream, first } = frame
    const open: Open = { stream, promised, end: last, first, bytes: EMPTY, length: 0, frames: 0, anomalies: [] }
    if (at > end) this.#giveUp(open, padded ? 'http2.bad-padding' : 'http2.frame-size', frame.last)
    else if ((frame.flags & Flag.EndHeaders) !== 0) this.#decode(open, bytes, at, end, frame.last)
    else {
      this.#open = open
      this.#append(open, bytes, at, end, frame.last)
    }
  }

  /** CONTINUATION, whole. False when it continues nothing. */
  continue(frame: Frame, bytes: Uint8Array, from: number, to: number): boolean {
    const open = this.#open
    if (open === null) {
      // A connection error; whatever the block it belongs to did to the table was not seen.
      this.decoder.table.lose()
      return false
    }
    if (++open.frames === this.#limits.http2.continuations + 1) open.anomalies.push('http2.flood.continuation')
    if (this.#append(open, bytes, from, to, frame.last) && (frame.flags & Flag.EndHeaders) !== 0) {
      this.#open = null
      this.#decode(open, open.bytes, 0, open.length, frame.last)
    }
    return true
  }

  /** A frame of the block could not be read: `gap`, bytes are missing; `cap`, it is too long. */
  skipped(frame: Frame, why: 'gap' | 'cap'): void {
    const { stream, first, type } = frame
    const end = type === Type.Headers && (frame.flags & Flag.EndStream) !== 0
    const promised = type === Type.PushPromise ? -1 : 0
    const open = this.#open ?? { stream, promised, end, first, bytes: EMPTY, length: 0, frames: 0, anomalies: [] }
    this.#giveUp(open, why === 'gap' ? 'http2.gap-in-head' : 'http2.head-too-long', frame.last)
  }

  /** The block in progress will not be finished: `why` is an anomaly. */
  abandon(why: string): void {
    if (this.#open !== null) this.#giveUp(this.#open, why, this.#open.first)
  }

  snapshot(): BlocksSnapshot {
    return { open: this.#open, table: this.decoder.table.snapshot(), read: this.read }
  }

  restore(from: BlocksSnapshot): void {
    const { open } = from
    this.#open =
      open === null ? null : { ...open, bytes: open.bytes.slice(0, open.length), anomalies: [...open.anomalies] }
    this.decoder.table.restore(from.table)
    this.read = from.read
  }

  /** False when the block became too long, and was given up. */
  #append(open: Open, bytes: Uint8Array, from: number, to: number, place: Place): boolean {
    const length = open.length + to - from
    if (length > this.#limits.headBytes) {
      this.#giveUp(open, 'http2.head-too-long', place)
      return false
    }
    if (length > open.bytes.length) {
      const grown = new Uint8Array(Math.min(this.#limits.headBytes, Math.max(2 * open.bytes.length, length)))
      grown.set(open.bytes.subarray(0, open.length))
      open.bytes = grown
    }
    open.bytes.set(bytes.subarray(from, to), open.length)
    open.length = length
    return true
  }

  #decode(open: Open, bytes: Uint8Array, from: number, to: number, last: Place): void {
    const section = this.#fill(open, last)
    section.length = to - from
    this.decoder.decode(bytes, from, to, section.fields, section.anomalies)
    this.#take(section)
  }

  /** What it would have said is not known, and neither is what it did to the table. */
  #giveUp(open: Open, why: string, last: Place): void {
    this.#open = null
    this.decoder.table.lose()
    const section = this.#fill(open, last)
    section.anomalies.push(why, 'http2.header-unknown')
    this.#take(section)
  }

  #fill(open: Open, last: Place): Section {
    const section = this.#section
    section.stream = open.stream
    section.promised = open.promised
    section.end = open.end
    section.fields.length = 0
    section.anomalies = open.anomalies
    section.length = open.length
    section.first = open.first
    section.last = last
    this.read = true
    return section
  }
}

const EMPTY = new Uint8Array(0)

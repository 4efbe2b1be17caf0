/**
 * Segments travel in packed batches: one arena of entries, read in place by a cursor. Encoding a segment as a record of
 * its own costs ten times more.
 *
 * Entry, little-endian, size a multiple of 8:
 *
 *   0  u32 size of the entry, padding included
 *   4  u8  kind (KIND)            5 u8 TCP flags        6 u8 dir (0: endpoint a sent it, 1: b)   7 u8 identity length
 *   8  f64 capture time, µs since 1970
 *  16  f64 flow key: keyed 53-bit hash of the identity, both directions alike (0 for ticks)
 *  24  f64 number of the frame in its source, from 1 (0 for ticks)
 *  32  u32 sequence number        36 u32 acknowledgement number
 *  40  u32 payload length         44 u32 payload bytes that were on the wire (more than captured when cut off)
 *  48  u16 window                 50 u16 unused         52 u32 unused
 *  56  identity (schemas/records/flow.ts), then payload, then padding
 *
 * Invariant: whoever holds a batch made by `SegmentWriter` or checked by `SegmentBatch.check` may walk it without
 * looking at lengths again.
 */
import { Refused } from '#schemas/contracts/errors.ts'
import { type FlowIdentity, parseIdentity } from '#schemas/records/flow.ts'
import type { LedgerCounts } from '#schemas/records/ledger.ts'

export const KIND = {
  /** A TCP segment as captured. */
  packet: 0,
  /** Plaintext in order (eBPF): sequence = byte offset. */
  stream: 1,
  /** A whole HTTP request or response (Envoy). */
  message: 2,
  /** Nothing but a time. */
  tick: 3,
  /** This source has ended: flows that it fed are finished. */
  end: 4,
  /**
   * A connection begins for this source, and what is known of it (about.ts). With SYN its opening was seen, by the endpoint
   * `dir`. With PSH it goes on, and what is known of it has changed. The payload counts as captured, and as framing.
   */
  about: 5,
} as const

export type Kind = (typeof KIND)[keyof typeof KIND]

/** TCP flags, RFC 9293 §3.1. */
export const FIN = 1
export const SYN = 2
export const RST = 4
export const PSH = 8
export const ACK = 16
export const URG = 32

export const ENTRY_HEADER = 56

/** One poll's segments of one partition. Plain data: survives postMessage and Avro. */
export interface SegmentBatch {
  readonly sensor: string
  /** Capture way: `pcap-file`, `pcap`, `mirror`, `ebpf`, `envoy`. */
  readonly capture: string
  /** Identity of the source inside the sensor, e.g. the path of the file. */
  readonly source: string
  readonly count: number
  /** Highest capture time of its segments and ticks, µs. */
  readonly until: number
  /** What the producer captured and already accounted for in this batch (`captured`, `framing`, …). */
  readonly ledger: LedgerCounts
  /** The entries. */
  readonly frame: Uint8Array
}

/** A batch that outlives the producer's next `read`. */
export function copyBatch(batch: SegmentBatch): SegmentBatch {
  return { ...batch, frame: batch.frame.slice() }
}

/** A cursor over a batch: one object, moved from entry to entry. Its fields are those of the current entry. */
export class Segment {
  kind: Kind = KIND.tick
  flags = 0
  dir: 0 | 1 = 0
  time = 0
  key = 0
  packet = 0
  seq = 0
  ack = 0
  wireLength = 0
  window = 0
  length = 0
  batch!: SegmentBatch
  #view!: DataView
  #bytes!: Uint8Array
  #at = 0
  #next = 0

  /** Starts before the first entry of `batch`. */
  reset(batch: SegmentBatch): this {
    this.batch = batch
    this.#bytes = batch.frame
    this.#view = new DataView(batch.frame.buffer, batch.frame.byteOffset, batch.frame.byteLength)
    this.#at = 0
    this.#next = 0
    return this
  }

  /** Moves to the next entry; false after the last. */
  next(): boolean {
    const at = this.#next
    if (at >= this.#bytes.length) return false
    const view = this.#view
    this.#at = at
    this.#next = at + view.getUint32(at, true)
    this.kind = view.getUint8(at + 4) as Kind
    this.flags = view.getUint8(at + 5)
    this.dir = view.getUint8(at + 6) as 0 | 1
    this.time = view.getFloat64(at + 8, true)
    this.key = view.getFloat64(at + 16, true)
    this.packet = view.getFloat64(at + 24, true)
    this.seq = view.getUint32(at + 32, true)
    this.ack = view.getUint32(at + 36, true)
    this.length = view.getUint32(at + 40, true)
    this.wireLength = view.getUint32(at + 44, true)
    this.window = view.getUint16(at + 48, true)
    return true
  }

  /** It is of a connection: not a tick or an end. */
  get ofFlow(): boolean {
    return this.kind !== KIND.tick && this.kind !== KIND.end
  }

  /** The payload: a view into the batch. */
  get payload(): Uint8Array {
    const start = this.#at + ENTRY_HEADER + this.#view.getUint8(this.#at + 7)
    return this.#bytes.subarray(start, start + this.length)
  }

  /** True when this segment's identity is `bytes`. */
  hasIdentity(bytes: Uint8Array): boolean {
    const at = this.#at + ENTRY_HEADER
    const length = this.#view.getUint8(this.#at + 7)
    if (length !== bytes.length) return false
    for (let i = 0; i < length; i++) if (this.#bytes[at + i] !== bytes[i]) return false
    return true
  }

  /** A copy of the identity's bytes. */
  identityBytes(): Uint8Array {
    const at = this.#at + ENTRY_HEADER
    return this.#bytes.slice(at, at + this.#view.getUint8(this.#at + 7))
  }

  /** A copy of the whole entry: a frame of one. */
  entry(): Uint8Array {
    return this.#bytes.slice(this.#at, this.#next)
  }

  identity(): FlowIdentity {
    return parseIdentity(this.identityBytes())
  }
}

/** What a writer needs to know of one segment. */
export interface SegmentFields {
  readonly kind: Kind
  readonly flags: number
  readonly dir: 0 | 1
  readonly time: number
  readonly key: number
  readonly packet: number
  readonly seq: number
  readonly ack: number
  readonly window: number
  readonly wireLength: number
}

const EMPTY = new Uint8Array(0)
const BYTEWISE = 32

/** Packs segments into an arena that grows by doubling; two arenas take turns. */
export class SegmentWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0
  #count = 0
  #until = 0
  /** The arena before this one. Its length is 0 when it was transferred. */
  #spare: Uint8Array<ArrayBuffer> | null = null
  readonly #initial: number

  constructor(initialBytes = 64 * 1024) {
    this.#initial = initialBytes
    this.#bytes = new Uint8Array(initialBytes)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  get count(): number {
    return this.#count
  }

  /**
   * Appends a segment; the payload is `source[start, end)` and is copied. The identity is the first `identityLength`
   * bytes of `identity`: a caller on the hot path hands over its scratch buffer as it is.
   */
  add(
    fields: SegmentFields,
    identity: Uint8Array,
    source: Uint8Array,
    start: number,
    end: number,
    identityLength: number = identity.length,
  ): void {
    if (fields.time > this.#until) this.#until = fields.time
    const length = end - start
    const size = (ENTRY_HEADER + identityLength + length + 7) & ~7
    if (this.#length + size > this.#bytes.length) this.#grow(size)
    const at = this.#length
    const view = this.#view
    view.setUint32(at, size, true)
    view.setUint8(at + 4, fields.kind)
    view.setUint8(at + 5, fields.flags)
    view.setUint8(at + 6, fields.dir)
    view.setUint8(at + 7, identityLength)
    view.setFloat64(at + 8, fields.time, true)
    view.setFloat64(at + 16, fields.key, true)
    view.setFloat64(at + 24, fields.packet, true)
    view.setUint32(at + 32, fields.seq, true)
    view.setUint32(at + 36, fields.ack, true)
    view.setUint32(at + 40, length, true)
    view.setUint32(at + 44, fields.wireLength, true)
    view.setUint16(at + 48, fields.window, true)
    view.setUint16(at + 50, 0, true)
    view.setUint32(at + 52, 0, true)
    const bytes = this.#bytes
    for (let i = 0; i < identityLength; i++) bytes[at + ENTRY_HEADER + i] = identity[i]!
    const to = at + ENTRY_HEADER + identityLength
    // The view that `set` needs costs more than copying a few bytes one by one.
    if (length <= BYTEWISE) for (let i = 0; i < length; i++) bytes[to + i] = source[start + i]!
    else bytes.set(source.subarray(start, end), to)
    this.#length = at + size
    this.#count++
  }

  /** Appends a tick or an end at `time`. */
  mark(kind: typeof KIND.tick | typeof KIND.end, time: number): void {
    this.add(
      { kind, flags: 0, dir: 0, time, key: 0, packet: 0, seq: 0, ack: 0, window: 0, wireLength: 0 },
      EMPTY,
      EMPTY,
      0,
      0,
    )
  }

  /**
   * The frame so far. It is valid until the next `take`: then the writer uses its memory again, unless it was transferred
   * to another thread.
   */
  take(): { readonly frame: Uint8Array<ArrayBuffer>; readonly count: number; readonly until: number } {
    const frame = this.#bytes.subarray(0, this.#length)
    const count = this.#count
    const until = this.#until
    const size = Math.max(this.#initial, this.#length)
    const spare = this.#spare
    this.#spare = this.#bytes
    this.#bytes = spare !== null && spare.length >= size ? spare : new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
    this.#length = 0
    this.#count = 0
    return { frame, count, until }
  }

  #grow(need: number): void {
    let size = this.#bytes.length * 2
    while (size < this.#length + need) size *= 2
    const bytes = new Uint8Array(size)
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/**
 * Checks a frame that came from outside this process (the log, a network): sizes, kinds and lengths of every entry.
 * Throws `Refused('bad-segment-frame')` with the place.
 */
export function checkFrame(frame: Uint8Array, count: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const bad = (at: number, what: string): never => {
    throw new Refused('bad-segment-frame', `segment frame: ${what} at byte ${at} of ${frame.length}`)
  }
  let at = 0
  let entries = 0
  while (at < frame.length) {
    if (at + ENTRY_HEADER > frame.length) bad(at, 'entry cut off')
    const size = view.getUint32(at, true)
    const identity = view.getUint8(at + 7)
    const length = view.getUint32(at + 40, true)
    if (size % 8 !== 0 || size < ENTRY_HEADER || at + size > frame.length) bad(at, `entry size ${size}`)
    if (ENTRY_HEADER + identity + length > size) bad(at, `payload length ${length}`)
    if (view.getUint8(at + 4) > KIND.about) bad(at + 4, `kind ${view.getUint8(at + 4)}`)
    if (view.getUint8(at + 6) > 1) bad(at + 6, `direction ${view.getUint8(at + 6)}`)
    at += size
    entries++
  }
  if (entries !== count) bad(at, `${entries} entries, ${count} announced`)
}

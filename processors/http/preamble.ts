/**
 * A header in front of whatever else is spoken on a connection: read once, then it is probed anew what comes behind it.
 *
 *   Awaiting ── a whole header ──► what is behind it is probed
 *      ├────── one whose end is known, but not what it says ──► Skipping ── its last byte ──► what is behind it is probed
 *      └────── its end is not known ──► HTTP/1 looks for a request
 *
 * Every header gives a hop, also one that names nobody: who is named behind it is not vouched for by who wrote it.
 */
import type { Direction, Place, ProtocolLimits, ProtocolOut, Rest, Session } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Hop } from '#schemas/records/exchange.ts'
import type { Fate } from '#schemas/records/ledger.ts'

export type Reading =
  /** It does not begin so. */
  | { readonly kind: 'none' }
  /** `total`: its length, as soon as it is known. */
  | { readonly kind: 'more'; readonly total: number | null }
  | { readonly kind: 'header'; readonly length: number; readonly hop: Hop; readonly anomalies: readonly string[] }
  /** `length` bytes that say nothing; perhaps not all of them are there. */
  | { readonly kind: 'skip'; readonly length: number; readonly fate: Fate; readonly anomaly: string }
  /** Nobody knows where it ends. */
  | { readonly kind: 'lost'; readonly anomaly: string }

export interface Grammar {
  /** Of its hops. */
  readonly name: string
  /** `head`: the first bytes of a direction. Those that are more than the header do not matter. */
  read(head: Uint8Array, limits: ProtocolLimits): Reading
}

interface Snapshot {
  readonly held: readonly [readonly Rest[], readonly Rest[]]
  readonly skip: Skip | null
}

/** Bytes still to be skipped. */
interface Skip {
  bytes: number
  readonly fate: Fate
}

/** Memory of a piece besides its bytes, about. */
const PIECE = 64

export class Preamble implements Session {
  readonly #grammar: Grammar
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  /** By direction: bytes that are not settled yet. */
  #held: [Rest[], Rest[]] = [[], []]
  #lengths: [number, number] = [0, 0]
  /** Below this length, reading again tells nothing new. Derived. */
  #enough: [number, number] = [0, 0]
  #skip: Skip | null = null

  constructor(grammar: Grammar, out: ProtocolOut, limits: ProtocolLimits) {
    this.#grammar = grammar
    this.#out = out
    this.#limits = limits
  }

  get held(): number {
    const pieces = this.#held[0].length + this.#held[1].length
    return this.#lengths[0] + this.#lengths[1] + PIECE * (pieces + 1)
  }

  data(dir: Direction, bytes: Uint8Array, place: Place): void {
    this.#append(dir, bytes.slice(), place)
    if (dir === 0) {
      if (this.#skip === null) this.#client()
      else this.#skipOn(this.#skip)
    } else this.#server(place)
  }

  gap(dir: Direction, missing: number, place: Place): void {
    // Unknown how much: the capture began in the middle of the stream, at this header.
    if (dir === 1 || missing === 0) return
    if (this.#skip === null) {
      const reading = this.#read(0)
      const length = this.#lengths[0]
      if (length > 0) this.#unread('proxy.gap', place)
      this.#settle(0, 'gap', length)
      // The end of a header of unknown length is unknown.
      const total = reading.kind === 'more' ? reading.total : null
      this.#skip = { bytes: (total ?? length) - length, fate: 'gap' }
    }
    const skip = this.#skip
    skip.bytes -= missing
    if (skip.bytes < 0) this.#become('http1')
    else if (skip.bytes === 0) this.#become('probe')
  }

  end(dir: Direction, _reason: EndReason, place: Place): void {
    if (dir === 1) return
    if (this.#skip === null && this.#lengths[0] > 0) {
      this.#unread('proxy.truncated', place)
      this.#settle(0, 'unsupported', this.#lengths[0])
    }
    this.#become('probe')
  }

  /** It sets no alarm. */
  wake(): void {}

  note(): boolean {
    return false
  }

  #client(): void {
    if (this.#lengths[0] < this.#enough[0]) return
    const reading = this.#read(0)
    const first = this.#held[0][0]!.place
    switch (reading.kind) {
      case 'more':
        this.#enough[0] = reading.total ?? 0
        break
      case 'none':
        this.#become('probe')
        break
      case 'header':
        if (!this.#out.hop(reading.hop)) this.#out.anomaly('proxy.in-tunnel', first)
        for (const anomaly of reading.anomalies) this.#out.anomaly(anomaly, first)
        this.#settle(0, 'inspected', reading.length)
        this.#become('probe')
        break
      case 'skip':
        this.#unread(reading.anomaly, first)
        this.#skip = { bytes: reading.length, fate: reading.fate }
        this.#skipOn(this.#skip)
        break
      case 'lost':
        this.#unread(reading.anomaly, first)
        this.#become('http1')
        break
      default:
        reading satisfies never
    }
  }

  /** A server has no such header to send; what else it says waits for who reads it. */
  #server(place: Place): void {
    if (this.#lengths[1] >= this.#enough[1]) {
      const reading = this.#read(1, this.#limits.probeBytes)
      switch (reading.kind) {
        case 'more':
          this.#enough[1] = reading.total ?? 0
          break
        case 'none':
          this.#enough[1] = Number.POSITIVE_INFINITY
          break
        case 'skip':
        case 'lost':
          this.#fromServer(0)
          return
        case 'header':
          this.#fromServer(reading.length)
          return
        default:
          reading satisfies never
      }
    }
    if (this.#lengths[1] <= this.#limits.probeBytes) return
    if (this.#skip === null && this.#lengths[0] > 0) this.#unread('proxy.truncated', place)
    this.#settle(0, 'unsupported', this.#lengths[0])
    this.#become('probe')
  }

  #fromServer(length: number): void {
    this.#out.anomaly('proxy.from-server', this.#held[1][0]!.place)
    this.#settle(1, 'unsupported', length)
    this.#become('probe')
  }

  #skipOn(skip: Skip): void {
    const take = Math.min(skip.bytes, this.#lengths[0])
    this.#settle(0, skip.fate, take)
    skip.bytes -= take
    if (skip.bytes === 0) this.#become('probe')
  }

  /** There is a header, and it names nobody who could be believed. */
  #unread(anomaly: string, place: Place): void {
    this.#out.hop({ from: this.#grammar.name, ip: '', trusted: false })
    this.#out.anomaly(anomaly, place)
  }

  /** `most`: bytes that are looked at, wherever they were cut. */
  #read(dir: Direction, most = this.#lengths[dir]): Reading {
    const pieces = this.#held[dir]
    const head = pieces.length === 1 ? pieces[0]!.bytes : Buffer.concat(pieces.map(({ bytes }) => bytes))
    return this.#grammar.read(head.subarray(0, most), this.#limits)
  }

  #append(dir: Direction, bytes: Uint8Array, place: Place): void {
    this.#held[dir].push({ bytes, place })
    this.#lengths[dir] += bytes.length
  }

  /** Settles the first bytes of a direction. */
  #settle(dir: Direction, fate: Fate, count: number): void {
    const pieces = this.#held[dir]
    let left = count
    while (left > 0) {
      const { bytes, place } = pieces[0]!
      const take = Math.min(left, bytes.length)
      if (take === bytes.length) pieces.shift()
      else pieces[0] = { bytes: bytes.subarray(take), place }
      left -= take
    }
    this.#lengths[dir] -= count
    if (count > 0) this.#out.settle(fate, count)
  }

  #become(next: 'probe' | 'http1' | 'opaque'): void {
    const held = this.#held
    this.#held = [[], []]
    this.#lengths = [0, 0]
    this.#out.become(next, held)
  }

  snapshot(): unknown {
    return { held: this.#held, skip: this.#skip } satisfies Snapshot
  }

  restore(plain: unknown): void {
    const { held, skip } = plain as Snapshot
    for (const dir of [0, 1] as const) for (const { bytes, place } of held[dir]) this.#append(dir, bytes.slice(), place)
    this.#skip = skip === null ? null : { ...skip }
  }
}

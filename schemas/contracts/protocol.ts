/**
 * A protocol that runs on a connection. The HTTP stage probes the first bytes against every folder in
 * processors/http/protocols, in order of `order`, opens the first that says yes, and hands it both directions.
 *
 * Laws
 *  1. `data` may be called with any cut of the stream: the outcome does not depend on chunk boundaries.
 *  2. Every byte handed to `data` is settled exactly once through `out.settle`, at the latest in `end`.
 *  3. `snapshot` is plain data (msgpack); `open(out, snapshot)` goes on as if nothing had happened.
 *  4. Bytes are a view, valid during the call.
 */

import type { EndReason } from '#schemas/records/chunk.ts'
import type { Request, Response } from '#schemas/records/exchange.ts'
import type { Fate } from '#schemas/records/ledger.ts'

/** 0: client to server; 1: server to client. */
export type Direction = 0 | 1

/** Where the bytes of a call came from. */
export interface Place {
  /** Capture time, µs. */
  readonly time: number
  readonly packet: number
  readonly offset: number
}

/** First and last place of a message. */
export interface Span {
  readonly first: Place
  readonly last: Place
}

export interface ProtocolOut {
  /** A finished exchange. Null response: `anomalies` says why. */
  exchange(exchange: {
    readonly request: Request
    readonly response: Response | null
    readonly stream: number | null
    readonly requestSpan: Span
    readonly responseSpan: Span | null
    readonly anomalies: readonly string[]
  }): void
  /** Something strange on the connection that belongs to no exchange. */
  anomaly(kind: string, place: Place): void
  /** Tells the ledger what became of bytes handed to `data`. */
  settle(fate: Fate, bytes: number): void
  /** The connection speaks something else from the next byte on (Upgrade, CONNECT): probe again, or `opaque`. */
  become(protocol: string | 'probe' | 'opaque'): void
  /** Asks for a call of `wake` when stream time reaches `at` (µs). One alarm per session; Infinity cancels. */
  alarm(at: number): void
}

export interface Session {
  data(dir: Direction, bytes: Uint8Array, place: Place): void
  gap(dir: Direction, missing: number, place: Place): void
  end(dir: Direction, reason: EndReason, place: Place): void
  wake(now: number): void
  snapshot(): unknown
}

export interface ProtocolSpec {
  readonly name: string
  /** Lower is probed first: PROXY headers before HTTP. */
  readonly order: number
  /** `head`: the first bytes of one direction (at most 64 KiB). `more` when it could still become this. */
  probe(head: Uint8Array, dir: Direction): 'yes' | 'no' | 'more'
  open(out: ProtocolOut, limits: ProtocolLimits, from?: unknown): Session
}

/** From the HTTP stage's configuration. */
export interface ProtocolLimits {
  /** Longest header section, bytes. */
  readonly headBytes: number
  /** Most header fields in one section. */
  readonly headers: number
  /** Entity bytes kept per message for detection and `--bodies`. */
  readonly bodyKeep: number
  /** Bytes that content decoding may make of one body. */
  readonly decodedBytes: number
  /** Requests waiting for their response on one connection. */
  readonly pipeline: number
  /** µs after which a request is reported without its response. */
  readonly responseTimeout: number
  /** Decode content codings (needed for decodedBytes and for detection). */
  readonly decodeContent: boolean
}

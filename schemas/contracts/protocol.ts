/**
 * A protocol that runs on a connection. The HTTP stage probes the first bytes against every folder in
 * processors/http/protocols, in order of `order`, opens the first that says yes, and hands it both directions.
 *
 * Laws
 *  1. `data` may be called with any cut of the stream: the outcome does not depend on chunk boundaries.
 *  2. Every byte handed to `data` is settled exactly once through `out.settle`, at the latest in `end`, or handed on
 *     with `out.become`.
 *  3. `snapshot` is plain data (msgpack); a session opened from it goes on as if nothing had happened.
 *  4. Bytes are a view, valid during the call. Places are immutable and may be kept.
 *  5. `held` bounds the memory: everything a session keeps between calls grows with it.
 */

import type { EndReason } from '#schemas/records/chunk.ts'
import type { Hop, Request, Response, SocketMessage } from '#schemas/records/exchange.ts'
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

export interface ProtocolExchange {
  readonly request: Request
  readonly response: Response | null
  readonly stream: number | null
  /** Host and port that the request names (RFC 9112 §3.3), as sent; empty when it names none. */
  readonly authority: string
  readonly requestSpan: Span
  readonly responseSpan: Span | null
  readonly anomalies: readonly string[]
  /** Of a WebSocket message: what it is. `exchange`: the ordinal of the exchange that opened the WebSocket. */
  readonly message?: Omit<SocketMessage, 'exchange'> & { readonly exchange: number }
}

/** What an upgrade carries to the protocol that it opens: the exchange that did it. Plain data. */
export interface Upgraded {
  readonly ordinal: number
  readonly exchange: ProtocolExchange
}

/** Bytes of one place that the next protocol has to read. */
export interface Rest {
  /** A view, copied by the receiver. */
  readonly bytes: Uint8Array
  readonly place: Place
}

export interface ProtocolOut {
  /** A finished exchange. Null response: `anomalies` says why. Returns its ordinal on the connection. */
  exchange(exchange: ProtocolExchange): number
  /** Something strange on the connection that belongs to no exchange. */
  anomaly(kind: string, place: Place): void
  /** Tells the ledger what became of bytes handed to `data`. */
  settle(fate: Fate, bytes: number): void
  /**
   * The exchanges that follow on this connection came through this hop, closer to the client (PROXY protocol). Whether it is
   * believed is enrich's decision: `trusted` is false here. Returns false, and forgets it, behind an exchange: inside a tunnel
   * nobody who is known has written it.
   */
  hop(hop: Hop): boolean
  /**
   * The last call of a session: the connection speaks something else from the next byte on (Upgrade, CONNECT, a PROXY
   * header's end): the named protocol if there is one, `probe` again, or `opaque`. `rest`: what it was handed of each
   * direction and did not settle, in order. `carry` (plain data) reaches the next protocol's `open`, e.g. the request of an h2c
   * upgrade, whose response comes on stream 1.
   */
  become(
    protocol: string | 'probe' | 'opaque',
    rest: readonly [readonly Rest[], readonly Rest[]],
    carry?: unknown,
  ): void
  /** Asks for a call of `wake` when stream time reaches `at` (µs). One alarm per session; Infinity cancels. */
  alarm(at: number): void
}

export interface Session {
  data(dir: Direction, bytes: Uint8Array, place: Place): void
  /** `missing` bytes were never seen; 0 when it is unknown how many (the capture began in the middle of the stream). */
  gap(dir: Direction, missing: number, place: Place): void
  /** Once per direction. After both, everything is settled and handed on. */
  end(dir: Direction, reason: EndReason, place: Place): void
  wake(now: number): void
  /** Something strange below (TCP). True when it was noted on the exchange in progress. */
  note(dir: Direction, anomaly: string): boolean
  /** Bytes of memory it keeps, about. */
  readonly held: number
  snapshot(): unknown
}

/** What a session begins with: nothing, what the protocol before it carried over, or its own snapshot. */
export type Start =
  | { readonly kind: 'new' }
  | { readonly kind: 'carried'; readonly carry: unknown }
  | { readonly kind: 'restored'; readonly snapshot: unknown }

export interface ProtocolSpec {
  readonly name: string
  /** Lower is probed first: PROXY headers before HTTP. */
  readonly order: number
  /** Only the end that opened the connection speaks so: what the other one says does not make it the client. */
  readonly opens?: boolean
  /** It can find the start of a message in the middle of a stream, after bytes that nobody claims. */
  readonly joins?: boolean
  /**
   * `head`: the first bytes of one direction, at least one, at most `ProtocolLimits.probeBytes`. `more` when it could
   * still become this. A longer head never turns `yes` or `no` into something else.
   */
  probe(head: Uint8Array, dir: Direction): 'yes' | 'no' | 'more'
  /**
   * The same for bytes from the middle of a stream that no `probe` claims, before they go to who `joins`: are they this
   * protocol's?
   */
  joinProbe?(head: Uint8Array, dir: Direction): 'yes' | 'no' | 'more'
  open(out: ProtocolOut, limits: ProtocolLimits, start: Start): Session
}

/** From the HTTP stage's configuration. */
export interface ProtocolLimits {
  /** Longest prefix of a direction that is kept to find out what it speaks. */
  readonly probeBytes: number
  /** Longest header section, bytes. */
  readonly headBytes: number
  /** Most header fields in one section. */
  readonly headers: number
  /** Entity bytes kept per message for detection and `--bodies`. */
  readonly bodyKeep: number
  /** Bytes that content decoding may make of one body. */
  readonly decodedBytes: number
  /** Bytes that content decoding may make of one byte of a body. */
  readonly decodedRatio: number
  /** Requests waiting for their response on one connection. */
  readonly pipeline: number
  /** µs after which a request is reported without its response. */
  readonly responseTimeout: number
  /** Decode content codings (needed for decodedBytes and for detection). */
  readonly decodeContent: boolean
  readonly http2: Http2Limits
}

/** What only HTTP/2 needs, per connection. */
export interface Http2Limits {
  /** Streams in progress. */
  readonly streams: number
  /** Octets kept of the dynamic table of each direction. */
  readonly table: number
  /** CONTINUATION frames of one header block. */
  readonly continuations: number
  readonly flood: {
    /** µs */
    readonly window: number
    /** By kind of event: how many within a window make a flood. */
    readonly limits: Readonly<Record<string, number>>
  }
}

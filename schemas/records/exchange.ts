import type { Encapsulation, Endpoint } from '#schemas/records/flow.ts'

/** The connection of an exchange, as seen by who speaks HTTP: shared by all its exchanges. */
export interface ExchangeConnection {
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  readonly encapsulation: readonly Encapsulation[]
  readonly tls: boolean
  readonly capture: string
}

/** Name and value as sent (case and order kept); UTF-8 where it decodes, Latin-1 otherwise. */
export type Header = readonly [name: string, value: string]

export interface Message {
  readonly version: string
  readonly headers: readonly Header[]
  readonly trailers: readonly Header[]
  /** Entity bytes after transfer decoding. */
  readonly bodyBytes: number
  /** After content decoding too; null when there is no content coding, or it failed (then an anomaly says so). */
  readonly decodedBytes: number | null
  /** The first `http.body.keep` entity bytes after transfer decoding; null when there are none. */
  readonly body: Uint8Array | null
  /** The same after content decoding; the same object as `body` when there is no coding. */
  readonly content: Uint8Array | null
}

export interface Request extends Message {
  readonly method: string
  /** Request target as sent. */
  readonly target: string
  /** Path of the target, without query, as sent (of an absolute-form target: its path). */
  readonly path: string
  /** Without the question mark; null when there is none. */
  readonly query: string | null
}

export interface Response extends Message {
  readonly status: number
  readonly reason: string
}

/** Where a hop was learned from: `packet`, `proxy-v1`, `proxy-v2`, `forwarded`, or a header's name in lower case. */
export interface Hop {
  readonly from: string
  readonly ip: string
  readonly port?: number
  /** Was the party that told us this trusted? Untrusted hops are kept, and change nothing. */
  readonly trusted: boolean
}

export type Mode = 'monitoring' | 'off'

/** Where in the input this came from. */
export interface Origin {
  /** Source (file, interface) and the numbers of its first and last frame that took part. */
  readonly source: string
  readonly packets: readonly [first: number, last: number]
  /** In the log; null in `read`. */
  readonly log: {
    readonly topic: string
    readonly partition: number
    readonly offsets: readonly [first: number, last: number]
  } | null
}

/**
 * One HTTP request with its response, or with the reason why there is none. The HTTP stage makes it, enrich fills in
 * client, host, hops, application and mode; from then on nobody writes to it. Owned by the stage that holds it.
 */
export interface Exchange {
  readonly id: string
  /** Capture time of the request's first byte, µs. */
  readonly time: number
  /** Capture time of the last byte of the exchange, µs. */
  readonly end: number
  readonly connection: ExchangeConnection
  /** Counts exchanges on the connection, from 1. */
  readonly ordinal: number
  /** HTTP/2 stream id; null otherwise. */
  readonly stream: number | null
  /** The real client after all trusted hops. */
  client: { readonly ip: string; readonly port?: number }
  /** Effective host, lower case, with its port if one was sent; empty when there is none. */
  host: string
  /** `http` or `https` as far as known; from trusted forwarding headers where they say so. */
  scheme: 'http' | 'https'
  hops: readonly Hop[]
  application: number
  mode: Mode
  readonly request: Request
  /** Null when there is none; then an anomaly says why. */
  readonly response: Response | null
  /** Names, each once, in order of appearance, e.g. `http1.te-and-cl`. */
  readonly anomalies: readonly string[]
  readonly origin: Origin
}

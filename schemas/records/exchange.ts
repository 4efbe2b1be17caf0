import type { ProcessDetails, TlsDetails } from '#schemas/records/about.ts'
import type { Encapsulation, Endpoint } from '#schemas/records/flow.ts'

/** The connection of an exchange, as seen by who speaks HTTP: shared by all its exchanges. */
export interface ExchangeConnection {
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  readonly encapsulation: readonly Encapsulation[]
  readonly tls: boolean
  readonly capture: string
  /** Absent: nothing is known. */
  readonly tlsDetails?: TlsDetails
  readonly process?: ProcessDetails
}

/** Name and value as sent (case and order kept); UTF-8 where it decodes, Latin-1 otherwise. */
export type Header = readonly [name: string, value: string]

export interface Message {
  readonly version: string
  readonly headers: readonly Header[]
  readonly trailers: readonly Header[]
  /** Entity bytes after transfer decoding. */
  readonly bodyBytes: number
  /** After content decoding too, as far as it went (an anomaly says if not to the end); null when there is no content coding. */
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

/**
 * Where a hop was learned from: `packet`, `envoy` (of a mirrored exchange: whom the proxy names), `proxy-v1`, `proxy-v2`,
 * `forwarded`, or a header's name in lower case.
 */
export interface Hop {
  readonly from: string
  /** Empty when a PROXY header names no address (LOCAL, UNKNOWN, UNIX). */
  readonly ip: string
  readonly port?: number
  /** Was the party that told us this trusted? Untrusted hops are kept, and change nothing. */
  readonly trusted: boolean
  /** What a PROXY header says besides; absent when that is nothing. */
  readonly proxy?: ProxyDetails
}

/**
 * What a PROXY header says about a connection besides who opened it. Absent keys were not sent. Text is UTF-8 where it
 * decodes, Latin-1 otherwise, and at most 256 characters.
 */
export interface ProxyDetails {
  /** What the client connected to, as the proxy saw it. */
  readonly server?: Endpoint
  /** Paths of UNIX sockets. */
  readonly unix?: { readonly client: string; readonly server: string }
  readonly alpn?: string
  /** The host name that the client asked for (SNI). */
  readonly authority?: string
  /** In hexadecimal digits. */
  readonly uniqueId?: string
  readonly ssl?: ProxySsl
  /** Network namespace. */
  readonly netns?: string
  /** AWS: id of the VPC endpoint. */
  readonly vpcEndpoint?: string
  /** Azure: LINKID of the private endpoint. */
  readonly linkId?: number
  /** Google Cloud: Private Service Connect connection id, in decimal digits. */
  readonly pscConnectionId?: string
  /** How many TLVs of other types there were. */
  readonly others?: number
}

/** The TLS connection between client and proxy. */
export interface ProxySsl {
  /** The client came over TLS. */
  readonly tls: boolean
  /** Gave the client a certificate that the proxy verified? Null: it gave none. */
  readonly verified: boolean | null
  readonly version?: string
  /** Common name in the client's certificate. */
  readonly commonName?: string
  readonly cipher?: string
  readonly signature?: string
  readonly key?: string
}

/** What makes an exchange a message of a WebSocket connection. */
export interface SocketMessage {
  readonly from: 'client' | 'server'
  readonly kind: 'text' | 'binary' | 'close'
  /** Id of the exchange that opened the WebSocket. */
  readonly exchange: string
  /** Frames it came in. */
  readonly frames: number
  /** Status code of a close message (RFC 6455 §7.4); null when it has none, and of other messages. */
  readonly code: number | null
  /** Anomalies of the handshake: what they put in doubt is in doubt here too. */
  readonly handshake: readonly string[]
}

/** What the proxy that mirrored an exchange knows of it besides. Absent keys: not known. */
export interface Via {
  /** Who was connected to the proxy: the client, or a proxy in front of this one. */
  readonly peer: Endpoint
  /** Whom the proxy asked. */
  readonly upstream?: Endpoint
  /** Id of the proxy. */
  readonly node?: string
  readonly route?: string
  readonly cluster?: string
  readonly virtualHost?: string
  /** Trace id. */
  readonly trace?: string
  /** Names of headers whose values were removed before they came here. */
  readonly redacted: readonly string[]
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
 *
 * Or one message of a WebSocket: `message` is set. Its request is the one that opened the WebSocket, so that it has the same
 * client, host and application. The message is the request's body when the client sent it (there is no response then), and
 * the response's when the server did.
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
  /** Null when there is none; then an anomaly says why, unless it is a client's message. */
  readonly response: Response | null
  /** Null: an exchange proper. */
  readonly message: SocketMessage | null
  /** Absent: no proxy mirrored it. */
  readonly via?: Via
  /** Names, each once, in order of appearance, e.g. `http1.te-and-cl`. */
  readonly anomalies: readonly string[]
  readonly origin: Origin
}

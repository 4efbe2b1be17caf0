/**
 * One half of an HTTP exchange as a proxy mirrors it (Envoy: Lua filter or ext_proc): a MessagePack map, version 1.
 *
 * Both halves carry the same `id`, made by the filter; they travel as segments of kind `message`, each for itself, and meet
 * in processors/messages. The bytes that passed `checkMessage` (schemas/message) are the segment's payload as they came.
 *
 * Addresses are those that the proxy saw. An endpoint without an IP address (UNIX socket, internal listener) has an empty
 * `ip` and port 0.
 */
import type { Endpoint } from '#schemas/records/flow.ts'

export const MESSAGE_VERSION = 1

/**
 * How a half ended: as its framing says; because the stream was reset or the connection went away; or by becoming something
 * else (WebSocket, CONNECT), of which nothing is mirrored.
 */
export const FINISHES = ['complete', 'aborted', 'upgraded'] as const
export const PROTOCOLS = ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2', 'HTTP/3'] as const

export type MessageHeader = readonly [name: string, value: string]

/** The certificate that the downstream peer showed. */
export interface PeerCertificate {
  readonly subject: string
  readonly issuer: string | null
  /** Subject alternative names. */
  readonly uris: readonly string[]
  readonly dns: readonly string[]
  /** Digest of the certificate, hexadecimal digits. */
  readonly sha256: string
  /** Hexadecimal digits. */
  readonly serial: string
  /** The proxy verified it. */
  readonly validated: boolean
}

/** The TLS connection between the downstream peer and the proxy. */
export interface MessageTls {
  readonly version: string
  /** Empty: none was sent. */
  readonly sni: string
  readonly alpn?: string | undefined
  readonly peerCertificate: PeerCertificate | null
}

interface Half {
  readonly v: typeof MESSAGE_VERSION
  /** 16 to 64 of [0-9A-Za-z_-], random, never taken from a header. */
  readonly id: string
  /** µs since 1970 by the proxy's clock: the first header byte, and the end of this half. */
  readonly start: number
  readonly end: number
  readonly finish: (typeof FINISHES)[number]
  /** Who sent the request, as the proxy sees it after its own rules of trust. */
  readonly source: Endpoint
  /** The other end of the downstream connection. */
  readonly peer: Endpoint
  /** The proxy's end of it. */
  readonly local: Endpoint
  readonly protocol: (typeof PROTOCOLS)[number]
  readonly tls: MessageTls | null
  readonly route: string | null
  readonly cluster: string | null
  readonly virtualHost: string | null
  /** Node id of the proxy. */
  readonly node: string | null
  /** Trace id. */
  readonly trace: string | null
  /** In order, without pseudo-headers. */
  readonly headers: readonly MessageHeader[]
  readonly trailers: readonly MessageHeader[]
  /** The first bytes, as many as the filter is told to mirror. */
  readonly body: Uint8Array
  /** All bytes of it that passed the proxy. */
  readonly bodyBytes: number
  /** Names of headers whose values were removed at the source. */
  readonly redacted: readonly string[]
  /** What the filter counted since its last message, e.g. `errors`. */
  readonly dropped?: Readonly<Record<string, number>> | undefined
}

export interface RequestHalf extends Half {
  readonly half: 'request'
  readonly method: string
  readonly scheme: string
  readonly authority: string
  /** With its query. */
  readonly path: string
}

export interface ResponseHalf extends Half {
  readonly half: 'response'
  readonly status: number
  /** Null: no upstream was asked. */
  readonly upstream: Endpoint | null
}

export type MessageHalf = RequestHalf | ResponseHalf

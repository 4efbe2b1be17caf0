/** One request to this server, whatever HTTP it came by. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import type { Peer } from './peer.ts'

export interface Answer {
  readonly status: number
  /** One line that says what and why. */
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Call {
  readonly peer: Peer
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  /** The client gave up before the end of it: Node ends a stream of HTTP/2 that is reset as if it were whole. */
  aborted(): boolean
  /** Null: HTTP/1. */
  readonly stream: ServerHttp2Stream | null
  /** Once. Unless it is short, what the client still sends is not read: stream or connection end with the answer. */
  answer(answer: Answer): void
}

const SHORT_BYTES = 64 * 1024
const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' } as const

export function callOfHttp1(peer: Peer, request: IncomingMessage, response: ServerResponse): Call {
  return {
    peer,
    method: request.method ?? '',
    path: withoutQuery(request.url ?? ''),
    headers: request.headers,
    body: request,
    aborted: () => !request.complete,
    stream: null,
    answer({ status, text, headers }) {
      if (!request.complete && !isShort(request.headers)) response.shouldKeepAlive = false
      response.writeHead(status, { ...TEXT, 'content-length': Buffer.byteLength(text), ...headers })
      response.end(text)
    },
  }
}

export function callOfHttp2(peer: Peer, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Call {
  return {
    peer,
    method: String(headers[':method'] ?? ''),
    path: withoutQuery(String(headers[':path'] ?? '')),
    headers,
    body: stream,
    aborted: () => stream.rstCode !== constants.NGHTTP2_NO_ERROR,
    stream,
    answer({ status, text, headers: more }) {
      if (stream.destroyed || stream.closed || stream.headersSent) return
      stream.respond({ ':status': status, ...TEXT, 'content-length': Buffer.byteLength(text), ...more })
      // RFC 9113 §8.1: a complete answer to an incomplete request ends with RST_STREAM(NO_ERROR).
      stream.end(text, () => stream.close(constants.NGHTTP2_NO_ERROR))
    },
  }
}

/** Node reads a body that nobody wants to its end before the next request: with a short one, a connection is kept. */
function isShort({ 'content-length': length = '0', 'transfer-encoding': coding }: IncomingHttpHeaders): boolean {
  return coding === undefined && Number(length) <= SHORT_BYTES
}

function withoutQuery(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

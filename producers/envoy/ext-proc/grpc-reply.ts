/** The server's side of a gRPC stream (github.com/grpc/grpc, PROTOCOL-HTTP2.md). */
import { constants, type ServerHttp2Stream } from 'node:http2'

export const STATUS = { ok: 0, permissionDenied: 7, unimplemented: 12, unauthenticated: 16 } as const

const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto', 'grpc-accept-encoding': 'identity' }
/** How long a client may keep a stream open whose end it was told. */
const LINGER_MS = 5000
/** Answers that the client does not read: beyond, nothing more is read from it until it does. */
const MOST_UNREAD = 1024 * 1024

export class GrpcReply {
  readonly #stream: ServerHttp2Stream
  #ended = false

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  get ended(): boolean {
    return this.#ended
  }

  /** A message with its prefix. */
  write(message: Buffer): void {
    const stream = this.#stream
    if (this.#ended || stream.closed || !stream.writable) return
    if (!stream.headersSent) stream.respond(HEADERS, { waitForTrailers: true })
    if (stream.write(message) || stream.writableLength < MOST_UNREAD) return
    stream.pause()
    stream.once('drain', () => stream.resume())
  }

  /** Once. What the client still sends is not read. `why`: printable ASCII without %. */
  end(status: (typeof STATUS)[keyof typeof STATUS], why = ''): void {
    if (this.#ended) return
    this.#ended = true
    const stream = this.#stream
    if (stream.destroyed || stream.closed) return
    const trailers = { 'grpc-status': String(status), ...(why === '' ? {} : { 'grpc-message': why }) }
    if (stream.headersSent) {
      stream.once('wantTrailers', () => stream.closed || stream.sendTrailers(trailers))
      stream.end()
    } else stream.respond({ ...HEADERS, ...trailers }, { endStream: true })
    // No RST_STREAM at once: it would overtake the status, and Envoy takes that for an error. What still comes is passed over.
    stream.resume()
    stream.setTimeout(0)
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), LINGER_MS)
    stream.once('close', () => clearTimeout(late))
  }
}

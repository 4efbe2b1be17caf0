/**
 * `envoy.service.ext_proc.v3.ExternalProcessor/Process` over HTTP/2, on node:http2: it shares listener, limits and
 * authentication with the messages. @grpc/grpc-js cannot, nor bound the memory of all streams together.
 *
 * Laws
 *  1. Envoy never waits for us: the answer to a part is written before anything is done with it, and what cannot be kept is
 *     dropped and counted.
 *  2. Whatever goes wrong here ends the stream with status OK, which tells Envoy to go on without us. Only who may not
 *     talk to us, or speaks another gRPC, gets an error.
 *  3. What was seen of an exchange when its stream ends becomes messages.
 *
 *   Open ── END_STREAM, RST_STREAM or connection gone ──► Closed
 *     └── malformed, over a limit, silent, stopping ────► Closed (status OK)
 */
import type { ServerHttp2Stream } from 'node:http2'
import { Refused } from '#schemas/contracts/errors.ts'
import type { Budget } from '../budget.ts'
import type { Limits } from '../config.ts'
import type { Inbox } from '../inbox.ts'
import type { Call } from '../listener/call.ts'
import { sameBody, unchanged } from './answers.ts'
import { Exchange } from './exchange.ts'
import { type Fault, GrpcMessages } from './grpc-messages.ts'
import { GrpcReply, STATUS } from './grpc-reply.ts'
import { type BodyModes, type Envelope, PART, readBodyPart, readEnvelope, UNTOLD } from './processing-request.ts'

export const PROCESS_PATH = '/envoy.service.ext_proc.v3.ExternalProcessor/Process'
/** Metadata of the stream (`initial_metadata` of Envoy's grpc_service): the Envoy's node id. No attribute says it in few bytes. */
export const NODE_HEADER = 'x-tapwire-node'
const MOST_NODE = 256

export interface EndpointParts {
  readonly inbox: Inbox
  /** For messages that are not complete, */
  readonly held: Budget
  /** and for bodies. */
  readonly kept: Budget
  readonly limits: Pick<Limits, 'messageBytes' | 'bodyBytes' | 'idleMs'>
  /** µs since 1970. */
  readonly now: () => number
}

/** Why this server ends a stream: counter names. */
type Why = Fault | 'malformed' | 'mode-unknown' | 'silent' | 'stopped'

export class ExtProcEndpoint {
  readonly #parts: EndpointParts
  readonly #open = new Set<OpenStream>()

  constructor(parts: EndpointParts) {
    this.#parts = parts
  }

  handle({ headers, method }: Call, stream: ServerHttp2Stream): void {
    const { counts } = this.#parts.inbox
    const reply = new GrpcReply(stream)
    if (method !== 'POST' || !String(headers['content-type']).startsWith('application/grpc')) {
      counts.add('requests.not-understood')
      reply.end(STATUS.unimplemented, 'expected POST and application/grpc')
      return
    }
    counts.add('ext-proc.streams')
    const node = String(headers[NODE_HEADER] ?? '').slice(0, MOST_NODE) || null
    const open = new OpenStream(this.#parts, node, stream, reply)
    this.#open.add(open)
    stream.once('close', () => this.#open.delete(open))
  }

  /** Ends all streams: what they saw becomes messages. */
  stop(): void {
    for (const open of this.#open) open.end('stopped')
  }
}

class OpenStream {
  readonly #parts: EndpointParts
  readonly #reply: GrpcReply
  readonly #messages: GrpcMessages
  readonly #exchange: Exchange
  #modes: BodyModes = UNTOLD
  #closed = false

  constructor(parts: EndpointParts, node: string | null, stream: ServerHttp2Stream, reply: GrpcReply) {
    const { limits, held } = parts
    this.#parts = parts
    this.#reply = reply
    this.#messages = new GrpcMessages(limits.messageBytes, held)
    this.#exchange = new Exchange({ ...parts, node, bodyBytes: limits.bodyBytes })
    stream.on('data', (chunk: Buffer) => this.#data(chunk))
    stream.on('end', () => this.#finish())
    stream.on('close', () => this.#close())
    stream.setTimeout(limits.idleMs, () => this.end('silent'))
  }

  end(why: Why): void {
    if (this.#closed) return
    this.#parts.inbox.counts.add(`ext-proc.ended.${why}`)
    if (why === 'compressed') this.#reply.end(STATUS.unimplemented, 'compressed messages are not taken')
    else this.#reply.end(STATUS.ok)
    this.#close()
  }

  #data(chunk: Buffer): void {
    if (this.#closed) return
    const fault = this.#messages.add(chunk, message => this.#message(message))
    if (fault !== null) this.end(fault)
  }

  #message(bytes: Buffer): void {
    if (this.#closed) return
    try {
      const envelope = readEnvelope(bytes)
      this.#modes = envelope.modes ?? this.#modes
      if (!envelope.observed && !this.#answer(envelope)) {
        this.end('mode-unknown')
        return
      }
      this.#exchange.add(envelope)
      // Otherwise Envoy keeps it open for `deferred_close_timeout`, 5 s, and soon has more streams than its circuit breaker lets it.
      if (envelope.observed && this.#exchange.done) this.#finish()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#parts.inbox.reject(error, bytes)
      this.end('malformed')
    }
  }

  /** False: how Envoy wants to be answered is not known. */
  #answer({ part, content }: Envelope): boolean {
    if (part !== PART.requestBody && part !== PART.responseBody) {
      this.#reply.write(unchanged(part))
      return true
    }
    const mode = this.#modes[part === PART.requestBody ? 'request' : 'response']
    if (mode === 'unknown') return false
    this.#reply.write(mode === 'replaced' ? sameBody(part, readBodyPart(content)) : unchanged(part))
    return true
  }

  #finish(): void {
    this.#reply.end(STATUS.ok)
    this.#close()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#messages.clear()
    this.#exchange.close()
  }
}

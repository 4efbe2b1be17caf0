/**
 * One stream of ext_proc: one exchange, from which two messages are made, each as soon as its half has ended. The id is random
 * and of this server; both halves have it.
 */
import { randomUUID } from 'node:crypto'
import { Refused } from '#schemas/contracts/errors.ts'
import { boundsOf } from '#schemas/message/bounds.ts'
import { encodeMessage } from '#schemas/message/message.ts'
import { MESSAGE_VERSION, type MessageHalf, type MessageHeader } from '#schemas/records/message.ts'
import type { Budget } from '../budget.ts'
import type { Inbox } from '../inbox.ts'
import { Attributes } from './attributes.ts'
import { Half } from './half.ts'
import { type BodyModes, type Envelope, PART, readBodyPart, readHeaders } from './processing-request.ts'

export interface ExchangeParts {
  readonly inbox: Inbox
  readonly kept: Budget
  /** Node id of the Envoy, if it tells. */
  readonly node: string | null
  /** Bytes kept of each body. */
  readonly bodyBytes: number
  /** µs since 1970. */
  readonly now: () => number
}

const SWITCHING_PROTOCOLS = 101

export class Exchange {
  readonly #parts: ExchangeParts
  readonly #id = randomUUID()
  readonly #request: Half
  readonly #response: Half
  readonly #attributes = new Attributes()
  #modes: BodyModes | null = null
  /** What to add to our time to have Envoy's. Null: no message yet. */
  #offset: number | null = null

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    this.#request = new Half(parts.bodyBytes, parts.kept)
    this.#response = new Half(parts.bodyBytes, parts.kept)
  }

  /** Both messages were made: what else comes on this stream is of no interest. */
  get done(): boolean {
    return this.#request.given && this.#response.given
  }

  /** Throws `Refused` when it cannot be read. */
  add(envelope: Envelope): void {
    if (this.done) return
    for (const struct of envelope.attributes) this.#attributes.add(struct)
    this.#modes ??= envelope.modes
    const { part, content } = envelope
    const time = this.#time()
    switch (part) {
      case PART.requestHeaders:
        this.#begin(this.#request, content, time)
        break
      case PART.responseHeaders:
        this.#begin(this.#response, content, time)
        if (this.#switches()) this.#upgrade()
        break
      case PART.requestBody:
        this.#request.add(readBodyPart(content))
        break
      case PART.responseBody:
        this.#response.add(readBodyPart(content))
        break
      case PART.requestTrailers:
        this.#request.end(readHeaders(content).headers)
        break
      case PART.responseTrailers:
        this.#response.end(readHeaders(content).headers)
        break
      default:
        part satisfies never
    }
    this.#give(time)
  }

  /** The stream has ended, as Envoy or this server wanted it, or with its connection. */
  close(): void {
    this.#request.cut(this.#bodySent('request'))
    this.#response.cut(this.#bodySent('response'))
    this.#give(this.#time())
    this.#request.body.clear()
    this.#response.body.clear()
  }

  #begin(half: Half, content: Buffer, time: number): void {
    if (half.begun) return
    const { headers, endOfStream } = readHeaders(content)
    half.begin(headers, time)
    const bodiless = this.#bodySent(half === this.#request ? 'request' : 'response') === false
    // An upgrade waits for its answer.
    if (endOfStream || (bodiless && !headers.some(([name]) => name === 'upgrade'))) half.end([])
  }

  #bodySent(half: keyof BodyModes): boolean | null {
    return this.#modes === null ? null : this.#modes[half] !== 'none'
  }

  #switches(): boolean {
    const status = statusOf(this.#response.headers)
    const connected = fieldOf(this.#request.headers, ':method') === 'CONNECT' && status >= 200 && status < 300
    return status === SWITCHING_PROTOCOLS || connected
  }

  #upgrade(): void {
    this.#request.upgrade()
    this.#response.upgrade()
  }

  /** Envoy's clock where it tells what it showed when the request came. */
  #time(): number {
    const now = this.#parts.now()
    this.#offset ??= (this.#attributes.requestTime ?? now) - now
    return now + this.#offset
  }

  #give(time: number): void {
    for (const half of [this.#request, this.#response]) {
      if (half.finish === null || half.given) continue
      half.given = true
      this.#message(half, time)
      half.body.clear()
    }
  }

  #message(half: Half, end: number): void {
    const { inbox } = this.#parts
    if (half.unkept > 0) inbox.counts.add('ext-proc.bodies-cut')
    if (inbox.full) {
      inbox.drop(half.bodyBytes)
      return
    }
    const message = this.#encoded(half, end)
    const bytes = encodeMessage(message)
    try {
      boundsOf(bytes, 0, inbox.limits)
      inbox.add(message, bytes)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      inbox.reject(error, bytes)
    }
  }

  #encoded(half: Half, end: number): MessageHalf {
    const { source, peer, local, protocol, tls } = this.#attributes.downstream
    const common = {
      v: MESSAGE_VERSION,
      id: this.#id,
      start: half.start,
      end,
      finish: half.finish!,
      ...{ source, peer, local, protocol, tls },
      ...this.#attributes.routed,
      node: this.#parts.node,
      trace: traceOf(this.#request.headers),
      headers: half.headers.filter(([name]) => !name.startsWith(':')),
      trailers: half.trailers,
      body: half.body.bytes,
      bodyBytes: half.bodyBytes,
      redacted: [],
    } as const
    if (half === this.#response) {
      const { upstream } = this.#attributes
      return { ...common, half: 'response', status: statusOf(half.headers), upstream }
    }
    const pseudo = (name: string): string => fieldOf(half.headers, `:${name}`)
    return {
      ...common,
      half: 'request',
      method: pseudo('method') || 'GET',
      scheme: pseudo('scheme'),
      authority: pseudo('authority'),
      path: pseudo('path'),
    }
  }
}

function fieldOf(headers: readonly MessageHeader[], wanted: string): string {
  return headers.find(([name]) => name === wanted)?.[1] ?? ''
}

function statusOf(headers: readonly MessageHeader[]): number {
  const status = Number(fieldOf(headers, ':status'))
  return Number.isInteger(status) && status >= 100 && status <= 999 ? status : 999
}

/** Of W3C trace context or B3, which Envoy passes on or makes. */
function traceOf(headers: readonly MessageHeader[]): string | null {
  const [, w3c] = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(fieldOf(headers, 'traceparent')) ?? []
  return w3c ?? (fieldOf(headers, 'x-b3-traceid').slice(0, 64) || null)
}

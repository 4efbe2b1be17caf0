/** Exchanges from and to the shape of exchange.avsc. */
import type { Exchange, Header, Message, Mode, Request, Response, SocketMessage } from '#schemas/records/exchange.ts'
import {
  type AvroClient,
  type AvroConnection,
  type AvroOrigin,
  fromBytes,
  fromClient,
  fromConnection,
  fromOrigin,
  toBytes,
  toClient,
  toConnection,
  toOrigin,
} from './common.ts'
import { type AvroHop, fromHop, toHop } from './hop.ts'
import { type AvroVia, fromVia, toVia } from './via.ts'

interface AvroHeader {
  readonly name: string
  readonly value: string
}

interface AvroMessage {
  readonly version: string
  readonly headers: readonly AvroHeader[]
  readonly trailers: readonly AvroHeader[]
  readonly bodyBytes: number
  readonly decodedBytes: number | null
  readonly body: Uint8Array | null
  readonly content: Uint8Array | null
  readonly contentIsBody: boolean
}

interface AvroRequest extends AvroMessage {
  readonly method: string
  readonly target: string
  readonly path: string
  readonly query: string | null
}

interface AvroResponse extends AvroMessage {
  readonly status: number
  readonly reason: string
}

interface AvroMessageOfSocket {
  readonly from: string
  readonly kind: string
  readonly exchange: string
  readonly frames: number
  readonly code: number | null
  readonly handshake: readonly string[]
}

export interface AvroExchange {
  readonly id: string
  readonly time: number
  readonly end: number
  readonly connection: AvroConnection
  readonly ordinal: number
  readonly stream: number | null
  readonly client: AvroClient
  readonly host: string
  readonly scheme: string
  readonly hops: readonly AvroHop[]
  readonly application: number
  readonly mode: string
  readonly request: AvroRequest
  readonly response: AvroResponse | null
  readonly message: AvroMessageOfSocket | null
  readonly via: AvroVia | null
  readonly anomalies: readonly string[]
  readonly origin: AvroOrigin
}

export function toExchange(exchange: Exchange): AvroExchange {
  const { request, response, via } = exchange
  return {
    ...exchange,
    connection: toConnection(exchange.connection),
    client: toClient(exchange.client),
    hops: exchange.hops.map(toHop),
    request: {
      method: request.method,
      target: request.target,
      path: request.path,
      query: request.query,
      ...toMessage(request),
    },
    response: response === null ? null : { status: response.status, reason: response.reason, ...toMessage(response) },
    via: via === undefined ? null : toVia(via),
    origin: toOrigin(exchange.origin),
  }
}

export function fromExchange(avro: AvroExchange): Exchange {
  return {
    id: avro.id,
    time: avro.time,
    end: avro.end,
    connection: fromConnection(avro.connection),
    ordinal: avro.ordinal,
    stream: avro.stream,
    client: fromClient(avro.client),
    host: avro.host,
    scheme: avro.scheme === 'https' ? 'https' : 'http',
    hops: avro.hops.map(fromHop),
    application: avro.application,
    mode: avro.mode as Mode,
    request: fromRequest(avro.request),
    response: avro.response === null ? null : fromResponse(avro.response),
    message: avro.message === null ? null : fromSocketMessage(avro.message),
    ...(avro.via === null ? {} : { via: fromVia(avro.via) }),
    anomalies: avro.anomalies,
    origin: fromOrigin(avro.origin),
  }
}

function toMessage(message: Message): AvroMessage {
  const { body, content } = message
  const contentIsBody = body !== null && content === body
  return {
    version: message.version,
    headers: message.headers.map(toHeader),
    trailers: message.trailers.map(toHeader),
    bodyBytes: message.bodyBytes,
    decodedBytes: message.decodedBytes,
    body: body === null ? null : toBytes(body),
    content: content === null || contentIsBody ? null : toBytes(content),
    contentIsBody,
  }
}

function toHeader([name, value]: Header): AvroHeader {
  return { name, value }
}

function fromRequest(avro: AvroRequest): Request {
  const { method, target, path, query } = avro
  return { method, target, path, query, ...fromMessage(avro) }
}

function fromResponse(avro: AvroResponse): Response {
  const { status, reason } = avro
  return { status, reason, ...fromMessage(avro) }
}

function fromMessage(avro: AvroMessage): Message {
  const body = avro.body === null ? null : fromBytes(avro.body)
  return {
    version: avro.version,
    headers: avro.headers.map(fromHeader),
    trailers: avro.trailers.map(fromHeader),
    bodyBytes: avro.bodyBytes,
    decodedBytes: avro.decodedBytes,
    body,
    content: avro.contentIsBody ? body : avro.content === null ? null : fromBytes(avro.content),
  }
}

function fromHeader({ name, value }: AvroHeader): Header {
  return [name, value]
}

function fromSocketMessage({ from, kind, exchange, frames, code, handshake }: AvroMessageOfSocket): SocketMessage {
  return { from: from as SocketMessage['from'], kind: kind as SocketMessage['kind'], exchange, frames, code, handshake }
}

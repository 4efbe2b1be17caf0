/** Finished drafts become the request and response of a record. */
import type { ProtocolExchange, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import type { Request, Response } from '#schemas/records/exchange.ts'
import { add } from './anomalies.ts'
import { decodeContent } from './coding.ts'
import { type Draft, keptBody } from './message.ts'
import { splitTarget } from './target.ts'

const NONE: readonly string[] = []

export function exchangeOf(
  request: Draft,
  response: Draft | null,
  why: readonly string[],
  limits: ProtocolLimits,
): ProtocolExchange {
  const sent = requestOf(request, limits)
  const received = response === null ? null : responseOf(response, limits)
  return {
    request: sent,
    response: received,
    stream: null,
    authority: request.authority,
    requestSpan: { first: request.first, last: request.last },
    responseSpan: response === null ? null : { first: response.first, last: response.last },
    anomalies: union(request.anomalies, response?.anomalies ?? NONE, why),
  }
}

function requestOf(message: Draft, limits: ProtocolLimits): Request {
  const { path, query } = splitTarget(message.method, message.target)
  const body = keptBody(message)
  const content = decoded(message, body, limits)
  return {
    method: message.method,
    target: message.target,
    path,
    query,
    version: message.version,
    headers: message.headers,
    trailers: message.trailers,
    bodyBytes: message.bodyBytes,
    decodedBytes: content === null || content === body ? null : content.length,
    body,
    content: content ?? body,
  }
}

function responseOf(message: Draft, limits: ProtocolLimits): Response {
  const body = keptBody(message)
  const content = decoded(message, body, limits)
  return {
    status: message.status,
    reason: message.reason,
    version: message.version,
    headers: message.headers,
    trailers: message.trailers,
    bodyBytes: message.bodyBytes,
    decodedBytes: content === null || content === body ? null : content.length,
    body,
    content: content ?? body,
  }
}

/** The body without its content codings, as far as it decodes; the body itself when there are none; null when it does not. */
function decoded(message: Draft, body: Uint8Array | null, limits: ProtocolLimits): Uint8Array | null {
  if (message.codings === '' || body === null || !limits.decodeContent) return body
  const { content, anomaly } = decodeContent(body, message.codings, {
    bytes: limits.decodedBytes,
    ratio: limits.decodedRatio,
    cut: message.capped || message.gap || message.anomalies.includes('http1.truncated-body'),
  })
  // A server may send what compresses well; who sends it to a server wants its memory.
  const large = message.status > 0 && anomaly === 'http1.decompression-bomb'
  if (anomaly !== null) add(message.anomalies, large ? 'http1.decoded-too-large' : anomaly)
  if (content !== null && (message.capped || message.gap)) add(message.anomalies, 'http1.content-cut')
  return content
}

/** Each name once, in order of appearance. */
function union(a: readonly string[], b: readonly string[], c: readonly string[]): readonly string[] {
  return a.length + b.length + c.length === 0 ? NONE : [...new Set([...a, ...b, ...c])]
}

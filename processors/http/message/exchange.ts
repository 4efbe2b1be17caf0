/** Finished drafts become the request and response of a record. */
import type { ProtocolExchange, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import { type Content, contentOf, type KeptBody } from '#schemas/http/content.ts'
import { splitTarget } from '#schemas/http/target.ts'
import type { Request, Response } from '#schemas/records/exchange.ts'
import { type Draft, keptBody } from './message.ts'

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
  const { body, content, decodedBytes } = contentOfDraft(message, limits)
  return {
    method: message.method,
    target: message.target,
    path,
    query,
    version: message.version,
    headers: message.headers,
    trailers: message.trailers,
    bodyBytes: message.bodyBytes,
    decodedBytes,
    body,
    content,
  }
}

function responseOf(message: Draft, limits: ProtocolLimits): Response {
  const { body, content, decodedBytes } = contentOfDraft(message, limits)
  return {
    status: message.status,
    reason: message.reason,
    version: message.version,
    headers: message.headers,
    trailers: message.trailers,
    bodyBytes: message.bodyBytes,
    decodedBytes,
    body,
    content,
  }
}

function contentOfDraft(message: Draft, limits: ProtocolLimits): Content {
  const kept: KeptBody = {
    side: message.status > 0 ? 'response' : 'request',
    body: keptBody(message),
    codings: message.codings,
    cut: message.capped || message.gap,
    unfinished: message.anomalies.includes('http1.truncated-body'),
  }
  return contentOf(kept, limits, message.anomalies)
}

/** Each name once, in order of appearance. */
function union(a: readonly string[], b: readonly string[], c: readonly string[]): readonly string[] {
  return a.length + b.length + c.length === 0 ? NONE : [...new Set([...a, ...b, ...c])]
}

/** What an upgrade from HTTP/1 to h2c brings along (RFC 7540 §3.2). */
import type { Upgraded } from '#schemas/contracts/protocol.ts'
import { type Draft, draft } from '../../message/message.ts'

/** The request that was upgraded: it is answered on stream 1. What was odd about it was said with its 101. */
export function upgradedRequest({ exchange }: Upgraded): Draft {
  const { request, authority, requestSpan } = exchange
  const message = draft(requestSpan.first)
  message.last = requestSpan.last
  message.method = request.method
  message.target = request.target
  message.version = request.version
  message.headers = request.headers
  message.trailers = request.trailers
  message.authority = authority
  message.length = request.bodyBytes
  message.bodyBytes = request.bodyBytes
  message.body = request.body ?? message.body
  message.kept = message.body.length
  message.capped = message.kept < request.bodyBytes
  message.codings = request.headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .map(([, value]) => value)
    .join(',')
  return message
}

/** HTTP2-Settings: the payload of a SETTINGS frame in base64url, which needs no acknowledgement (RFC 7540 §3.2.1). */
export function clientSettings({ exchange }: Upgraded): Uint8Array {
  const value = exchange.request.headers.find(([name]) => name.toLowerCase() === 'http2-settings')?.[1] ?? ''
  const bytes = Buffer.from(value, 'base64url')
  return bytes.length % 6 === 0 ? bytes : new Uint8Array(0)
}

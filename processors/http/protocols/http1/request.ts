/** The request side: what a request line and its fields mean. */

import type { Place } from '#schemas/contracts/protocol.ts'
import { authorityEnd, schemeLength } from '#schemas/http/target.ts'
import { add } from '../../message/anomalies.ts'
import { type Draft, draft } from '../../message/message.ts'
import { display, latin1 } from '../../message/text.ts'
import type { Fields } from './fields.ts'
import { requestBody } from './framing.ts'
import { isTokenByte, parseRequestLine, type RequestLine } from './start-line.ts'

export function lookAtRequest(byte: number): 'message' | 'garbage' {
  return isTokenByte(byte) || byte === 32 || byte === 9 ? 'message' : 'garbage'
}

export function requestHead(line: RequestLine, fields: Fields, anomalies: string[], first: Place): Draft {
  for (const kind of line.anomalies) add(anomalies, kind)
  const target = fields.ascii ? line.target : display(line.target)
  const named = targetAuthority(line.method, target)
  if (fields.severalHosts) add(anomalies, 'http1.multiple-host')
  if (fields.host === null && line.version === '1.1') add(anomalies, 'http1.missing-host')
  const host = fields.host === null ? '' : fields.ascii ? fields.host : display(fields.host)
  if (named !== null && host !== '' && !sameHost(named, host)) add(anomalies, 'http1.host-mismatch')
  if (target.includes('#')) add(anomalies, 'http1.fragment-in-target')
  if (fields.hidesFraming) add(anomalies, 'http1.hidden-framing-field')
  if (fields.expect !== null) expectation(fields.expect, anomalies)
  const message = draft(first, anomalies)
  message.method = line.method
  message.target = target
  message.version = line.version
  message.headers = fields.headers
  // RFC 9112 §3.2.2: an absolute-form target wins over Host.
  message.authority = named ?? host
  message.codings = codings(fields)
  message.upgrade = upgrade(fields)
  message.length = line.version === '0.9' ? 0 : requestBody(fields, line.version, anomalies)
  if (message.length !== 0) bodyOf(message)
  if (message.upgrade !== '') upgradeOf(message, fields)
  return message
}

/** RFC 9110 §10.1.1: there is one expectation. What only resembles it makes one server wait for the body and another not. */
function expectation(expect: string, anomalies: string[]): void {
  const value = expect.toLowerCase()
  if (value === '100-continue') return
  add(anomalies, value.includes('100-continue') ? 'http1.hidden-expectation' : 'http1.unknown-expectation')
}

/** Methods whose content means nothing (RFC 9110 §9.3): servers may leave it unread, and take it for the next request. */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'DELETE', 'TRACE'])

function bodyOf(message: Draft): void {
  const { method, anomalies } = message
  if (WITHOUT_CONTENT.has(method)) add(anomalies, 'http1.unexpected-body')
  if (method !== 'CONNECT') return
  // RFC 9110 §9.3.6: what follows is for the tunnel, and so does everybody read it.
  add(anomalies, 'http1.length-of-connect')
  message.length = 0
}

/** Longest first line of a body that is looked at. */
const LINE = 2048

/**
 * The body begins with a request: a server that leaves it unread (CL.0) answers it. Who sends requests as content says so
 * in Content-Type.
 */
export function holdsRequest({ body, kept, headers }: Draft): boolean {
  const first = body[0] ?? 0
  if (kept < 16 || first < 65 || first > 90) return false
  const nl = body.subarray(0, Math.min(kept, LINE)).indexOf(10)
  if (nl < 0) return false
  const line = latin1(body, 0, body[nl - 1] === 13 ? nl - 1 : nl)
  if (parseRequestLine(line, true) === null) return false
  return !headers.some(([name, value]) => name.toLowerCase() === 'content-type' && /\/http\b/i.test(value))
}

/** RFC 7540 §3.2.1: h2c comes with one HTTP2-Settings, which Connection names. A proxy that passes less on is bypassed. */
function upgradeOf(message: Draft, fields: Fields): void {
  if (!/(^|[,\s])h2c($|[,\s])/.test(message.upgrade)) return
  const settings = fields.headers.filter(([name]) => name.toLowerCase() === 'http2-settings')
  const named = /(^|[,\s])http2-settings($|[,\s])/i.test(fields.connection ?? '')
  add(message.anomalies, settings.length === 1 && named ? 'http1.h2c-upgrade' : 'http1.bad-h2c-upgrade')
}

/** Authority of an absolute-form or authority-form target, null for the others (RFC 9112 §3.2). */
function targetAuthority(method: string, target: string): string | null {
  const first = target.charCodeAt(0)
  if (method === 'CONNECT') return first === 47 || target === '' ? null : target
  if (first === 47 || first === 42) return null
  const at = schemeLength(target)
  if (at === 0) return null
  const authority = target.slice(at, authorityEnd(target, at))
  return authority.slice(authority.lastIndexOf('@') + 1)
}

function sameHost(a: string, b: string): boolean {
  const bare = (text: string) => text.toLowerCase().replace(/:[0-9]{0,5}$/, '')
  return bare(a) === bare(b)
}

/** Transfer codings besides chunked come off the content as content codings do. */
export function codings(fields: Fields): string {
  const { contentEncoding, transferEncoding } = fields
  if (transferEncoding === null || transferEncoding.toLowerCase() === 'chunked') return contentEncoding ?? ''
  const transfer = transferEncoding.split(',').filter(coding => /^\s*(x-)?(gzip|deflate)\s*$/i.test(coding))
  return [contentEncoding ?? '', ...transfer].filter(coding => coding !== '').join(',')
}

/** RFC 9110 §7.8: Upgrade counts only where Connection names it. */
export function upgrade(fields: Fields): string {
  if (fields.upgrade === null || !/(^|[,\s])upgrade($|[,\s])/i.test(fields.connection ?? '')) return ''
  return fields.upgrade.toLowerCase()
}

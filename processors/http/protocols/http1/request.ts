/** The request side: what a request line and its fields mean. */

import type { Place } from '#schemas/contracts/protocol.ts'
import { add, type Fields } from './fields.ts'
import { requestBody } from './framing.ts'
import { type Draft, draft } from './message.ts'
import { isTokenByte, type RequestLine } from './start-line.ts'
import { display } from './text.ts'

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
  return message
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

/** Path and query as sent; of an absolute-form target those behind the authority; none in authority-form. */
export function splitTarget(method: string, target: string): { path: string; query: string | null } {
  let at = 0
  const first = target.charCodeAt(0)
  if (first !== 47) {
    if (method === 'CONNECT') return { path: '', query: null }
    at = schemeLength(target)
    if (at > 0) at = authorityEnd(target, at)
  }
  const question = target.indexOf('?', at)
  if (question < 0) return { path: at === 0 ? target : target.slice(at), query: null }
  return { path: target.slice(at, question), query: target.slice(question + 1) }
}

/** Length of `scheme://`, 0 when the target does not begin so. */
function schemeLength(target: string): number {
  return /^[a-zA-Z][a-zA-Z0-9+.-]{0,31}:\/\//.exec(target)?.[0].length ?? 0
}

function authorityEnd(target: string, at: number): number {
  for (let i = at; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code === 47 || code === 63 || code === 35) return i
  }
  return target.length
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

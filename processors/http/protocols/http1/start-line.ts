/**
 * Start lines (RFC 9112 §3 and §4), as sent by friend and foe:
 *
 *   request-line = method SP request-target SP HTTP-version        (0.9: method SP request-target)
 *   status-line  = HTTP-version SP status-code SP [ reason-phrase ]
 *
 * `strict` is for a reader that lost its place: only what can hardly be anything else is a start line then.
 */
import { latin1 } from '../../message/text.ts'

export interface RequestLine {
  readonly method: string
  readonly target: string
  /** `1.1` for HTTP/1.1; `0.9` when there is none. */
  readonly version: string
  readonly anomalies: readonly string[]
}

export interface StatusLine {
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly anomalies: readonly string[]
}

const NONE: readonly string[] = []

/** Registered methods (RFC 9110 §16.1, WebDAV and others): with one of these a line without a version is HTTP/0.9. */
const METHODS = new Set(
  (
    'GET POST HEAD PUT DELETE OPTIONS PATCH CONNECT TRACE QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH ' +
    'REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE LINK UNLINK ACL BIND REBIND UNBIND ' +
    'BASELINE-CONTROL CHECKIN LABEL MKCALENDAR MKREDIRECTREF MKWORKSPACE ORDERPATCH UNCHECKOUT UPDATE ' +
    'UPDATEREDIRECTREF VERSION-CONTROL PRI'
  ).split(' '),
)

/** RFC 9110 §5.6.2: 1 for bytes that may stand in a token. */
const TOKEN = new Uint8Array(256)
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  TOKEN[c.charCodeAt(0)] = 1

/** In any case. */
export function isKnownMethod(method: string | undefined): boolean {
  return method !== undefined && METHODS.has(method.toUpperCase())
}

export function isTokenByte(byte: number): boolean {
  return TOKEN[byte] === 1
}

export function isToken(text: string, from = 0, to = text.length): boolean {
  for (let i = from; i < to; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false
  return to > from
}

/** Longest method taken for one when the reader lost its place. */
const STRICT_METHOD = /^[A-Z][A-Z-]{2,19}$/

export function parseRequestLine(line: string, strict: boolean): RequestLine | null {
  const space = line.indexOf(' ')
  if (space > 0 && line.length > space + 10 && line.endsWith(' HTTP/1.1')) {
    const method = line.slice(0, space)
    const target = line.slice(space + 1, -9)
    if (METHODS.has(method) && !hasBlank(target)) return { method, target, version: '1.1', anomalies: NONE }
  }
  return parseOddRequestLine(line, strict)
}

const VERSION = Buffer.from(' HTTP/1.1')

/**
 * Out of bytes [from, to) that are printable ASCII, `blanks` of them spaces and tabs: the usual line without making text of
 * what is not kept.
 */
export function plainRequestLine(bytes: Uint8Array, from: number, to: number, blanks: number): RequestLine | null {
  const method = usualMethod(bytes, from)
  const targetAt = from + method.length + 1
  const targetEnd = to - VERSION.length
  // The two blanks are those around the target.
  if (blanks === 2 && method !== '' && targetEnd > targetAt && endsWithVersion(bytes, targetEnd)) {
    return { method, target: latin1(bytes, targetAt, targetEnd), version: '1.1', anomalies: NONE }
  }
  return parseRequestLine(latin1(bytes, from, to), false)
}

/** One of the methods that most requests have, with a space behind it; empty when it is another one. */
function usualMethod(bytes: Uint8Array, at: number): string {
  const word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  if (word === GET) return 'GET'
  if (word === PUT) return 'PUT'
  return word === POST && bytes[at + 4] === 32 ? 'POST' : ''
}

const GET = 0x47455420
const PUT = 0x50555420
const POST = 0x504f5354

function endsWithVersion(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < VERSION.length; i++) if (bytes[at + i] !== VERSION[i]) return false
  return true
}

function parseOddRequestLine(line: string, strict: boolean): RequestLine | null {
  const anomalies: string[] = []
  let from = 0
  let to = line.length
  while (from < to && isBlank(line.charCodeAt(from))) from++
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--
  if (from > 0 || to < line.length) anomalies.push('http1.request-line-whitespace')

  let methodEnd = from
  while (methodEnd < to && !isBlank(line.charCodeAt(methodEnd))) methodEnd++
  const method = line.slice(from, methodEnd)
  if (!isToken(method) || methodEnd === to) return null

  let versionAt = to
  while (versionAt > methodEnd && !isBlank(line.charCodeAt(versionAt - 1))) versionAt--
  const version = readVersion(line.slice(versionAt, to))
  if (strict && (from > 0 || version?.odd !== false || !STRICT_METHOD.test(method))) return null
  if (version === null && !METHODS.has(method.toUpperCase())) return null
  if (version === null) anomalies.push('http1.missing-version')
  else if (version.odd) anomalies.push('http1.bad-version')

  let targetAt = methodEnd
  let targetEnd = version === null ? to : versionAt
  while (targetAt < targetEnd && isBlank(line.charCodeAt(targetAt))) targetAt++
  while (targetEnd > targetAt && isBlank(line.charCodeAt(targetEnd - 1))) targetEnd--
  const target = line.slice(targetAt, targetEnd)
  if (target === '') anomalies.push('http1.empty-target')
  else if (hasBlank(target)) anomalies.push('http1.whitespace-in-target')
  const oneSpace = line.charCodeAt(methodEnd) === 32 && (target === '' || targetAt === methodEnd + 1)
  const oneSpaceAfter = version === null || target === '' || (targetEnd === versionAt - 1 && line[targetEnd] === ' ')
  if (!oneSpace || !oneSpaceAfter) add(anomalies, 'http1.request-line-whitespace')

  if (!METHODS.has(method)) {
    anomalies.push(METHODS.has(method.toUpperCase()) ? 'http1.lower-case-method' : 'http1.unknown-method')
  }
  return { method, target, version: version === null ? '0.9' : version.text, anomalies }
}

/** `HTTP/1.1` and what is meant to be one: lower case, one or more digits, HTTP/2.0 on an HTTP/1 connection. */
function readVersion(word: string): { text: string; odd: boolean } | null {
  if (word === 'HTTP/1.1' || word === 'HTTP/1.0') return { text: word.slice(5), odd: false }
  if (word.length < 6 || word.length > 16 || word.slice(0, 5).toUpperCase() !== 'HTTP/') return null
  return { text: word.slice(5), odd: true }
}

/** Out of bytes [from, to): most lines are as one of the last ones with their status were. */
export function plainStatusLine(bytes: Uint8Array, from: number, to: number): StatusLine | null {
  const slot = (bytes[from + 9]! + 3 * bytes[from + 10]! + 7 * bytes[from + 11]!) & (STATUS_SLOTS - 1)
  const known = lastStatusLines[slot]
  if (known != null && isSame(known.bytes, bytes, from, to)) return known.line
  const line = parseStatusLine(latin1(bytes, from, to), false)
  if (line !== null && line.anomalies === NONE && to - from <= LONGEST_KEPT) {
    lastStatusLines[slot] = { bytes: bytes.slice(from, to), line }
  }
  return line
}

const STATUS_SLOTS = 16
const LONGEST_KEPT = 64
/** Bounded, and shared by all connections: a line found here is what reading it gives. */
const lastStatusLines = new Array<{ readonly bytes: Uint8Array; readonly line: StatusLine } | null>(STATUS_SLOTS).fill(
  null,
)

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false
  for (let i = 0; i < known.length; i++) if (bytes[from + i] !== known[i]) return false
  return true
}

export function parseStatusLine(line: string, strict: boolean): StatusLine | null {
  // `HTTP/1.1 200` then nothing, or a space and the reason: what servers send.
  if (line.startsWith('HTTP/1.') && line.charCodeAt(8) === 32 && isDigit(line.charCodeAt(7))) {
    const status = threeDigits(line, 9)
    if (status >= 100 && (line.length === 12 || line.charCodeAt(12) === 32)) {
      return { version: line.slice(5, 8), status, reason: line.slice(13), anomalies: NONE }
    }
  }
  if (strict) return null
  const match = /^(HTTP\/[0-9.]{1,7})[ \t]{1,64}([0-9]{1,6})(?:[ \t](.*))?$/is.exec(line)
  if (match === null) return null
  return {
    version: match[1]!.slice(5),
    status: Number(match[2]),
    reason: match[3] ?? '',
    anomalies: ['http1.bad-status-line'],
  }
}

function threeDigits(line: string, at: number): number {
  const a = line.charCodeAt(at)
  const b = line.charCodeAt(at + 1)
  const c = line.charCodeAt(at + 2)
  return isDigit(a) && isDigit(b) && isDigit(c) ? (a - 48) * 100 + (b - 48) * 10 + (c - 48) : -1
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Space, tab, vertical tab, form feed, bare CR: what RFC 9112 §3 lets a lenient parser take for a separator. */
function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function hasBlank(text: string): boolean {
  return text.includes(' ') || /[\t\v\f\r]/.test(text)
}

function add(anomalies: string[], kind: string): void {
  if (!anomalies.includes(kind)) anomalies.push(kind)
}

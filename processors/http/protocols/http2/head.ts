/**
 * Header sections become messages: pseudo-headers go where HTTP/1 has its start line and Host (RFC 9113 §8.3), the other
 * fields stay as sent. What makes a message malformed (§8.1.1) is an anomaly, and the message is still given: who is
 * attacked with it may not look as closely as RFC 9113 asks for.
 */
import type { Direction, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import type { Header } from '#schemas/records/exchange.ts'
import { add } from '../../message/anomalies.ts'
import { UNTIL_CLOSE } from '../../message/length.ts'
import { type Draft, draft } from '../../message/message.ts'
import type { Section } from './block.ts'
import type { Field } from './field.ts'
import { isPseudo, Kind } from './kind.ts'

/** A decoded section this many times as long as its block is no accident: an HPACK bomb. */
const EXPANSION = 8

export function requestHead(section: Section, limits: ProtocolLimits): Draft {
  const message = begin(section)
  const seen = fold(message, section, limits)
  const { anomalies } = message
  if (has(seen, Kind.Status)) add(anomalies, 'http2.misplaced-pseudo-header')
  const host = valueIn(section.fields, Kind.Host)
  if (has(seen, Kind.Authority)) {
    if (host !== null && host.toLowerCase() !== message.authority.toLowerCase()) add(anomalies, 'http2.host-mismatch')
  } else message.authority = host ?? ''
  if (!anomalies.includes('http2.header-unknown') && isIncomplete(message, seen))
    add(anomalies, 'http2.missing-pseudo-header')
  // RFC 9112 §3.2.3: the target of CONNECT is its authority; with `:protocol` it has a path (RFC 8441 §4).
  if (message.method === 'CONNECT' && !has(seen, Kind.Path)) message.target = message.authority
  return message
}

export function responseHead(section: Section, limits: ProtocolLimits): Draft {
  const message = begin(section)
  const seen = fold(message, section, limits)
  const { anomalies } = message
  if ((seen & ~(1 << Kind.Status)) !== 0) add(anomalies, 'http2.misplaced-pseudo-header')
  if (!has(seen, Kind.Status) && !anomalies.includes('http2.header-unknown'))
    add(anomalies, 'http2.missing-pseudo-header')
  if (anomalies.length > 0) message.anomalies = tame(anomalies)
  return message
}

/** Fields that follow the body. */
export function trailers(message: Draft, dir: Direction, section: Section, limits: ProtocolLimits): void {
  const kept: Header[] = []
  for (const kind of section.anomalies) add(message.anomalies, kind)
  for (const field of section.fields) {
    note(message, field)
    if (isPseudo(field.kind)) add(message.anomalies, 'http2.pseudo-header-in-trailers')
    keep(message, kept, field, limits)
  }
  message.trailers = kept
  if (dir === 1) message.anomalies = tame(message.anomalies)
}

/** A section that begins with another field than a pseudo-header: not the beginning of a message (RFC 9113 §8.3). */
export function isTrailing({ fields }: Section): boolean {
  return fields.length > 0 && !isPseudo(fields[0]!.kind) && fields[0]!.kind !== Kind.Unknown
}

/** It may be a head or trailers: nobody can tell. */
export function isEither({ fields }: Section): boolean {
  return fields.length === 0 || fields[0]!.kind === Kind.Unknown
}

/** The status that a section says; 0 when it says none. */
export function statusOf({ fields }: Section): number {
  const value = valueIn(fields, Kind.Status)
  return value !== null && /^[1-9][0-9][0-9]$/.test(value) ? Number(value) : 0
}

function begin(section: Section): Draft {
  const message = draft(section.first, [...section.anomalies])
  message.version = '2'
  message.length = UNTIL_CLOSE
  message.last = section.last
  return message
}

/** Puts the fields where they belong; returns the pseudo-headers that were there: bit n is set for kind n. */
function fold(message: Draft, section: Section, limits: ProtocolLimits): number {
  const headers: Header[] = []
  let seen = 0
  const { anomalies } = message
  let regular = false
  for (const field of section.fields) {
    const { kind } = field
    note(message, field)
    if (!isPseudo(kind)) {
      regular ||= kind !== Kind.Unknown
      pick(message, field)
      keep(message, headers, field, limits)
      continue
    }
    if (regular) add(anomalies, 'http2.late-pseudo-header')
    if (has(seen, kind) && kind !== Kind.UnknownPseudo) add(anomalies, 'http2.duplicate-pseudo-header')
    else place(message, field)
    seen |= 1 << kind
    // Nothing else says what a tunnel carries, or what nobody knows.
    if (kind === Kind.Protocol || kind === Kind.UnknownPseudo) keep(message, headers, field, limits)
  }
  message.headers = headers
  if (message.headLength > limits.headBytes && message.headLength > EXPANSION * section.length)
    add(anomalies, 'http2.flood.header-list')
  return seen
}

function note(message: Draft, { oddities }: Field): void {
  for (const kind of oddities) add(message.anomalies, kind)
}

/** What is an attack in a request is a broken server in a response, and must not have the same name. */
const ATTACKS =
  /^http2\.(crlf-in-header|nul-in-header|transfer-encoding|bad-content-length|conflicting-content-length|flood\..+)$/

function tame(anomalies: readonly string[]): string[] {
  return [...new Set(anomalies.map(kind => (ATTACKS.test(kind) ? 'http2.odd-response-head' : kind)))]
}

/** Of a section that is too long, the rest is not in the record. */
function keep(message: Draft, headers: Header[], field: Field, limits: ProtocolLimits): void {
  message.headLength += field.size
  if (message.headLength > limits.headBytes) add(message.anomalies, 'http2.head-too-long')
  else if (headers.length >= limits.headers) add(message.anomalies, 'http2.too-many-fields')
  else headers.push(field.header)
}

function place(message: Draft, { kind, header: [, value] }: Field): void {
  switch (kind) {
    case Kind.Method:
      message.method = value
      return
    case Kind.Path:
      message.target = value
      return
    case Kind.Authority:
      message.authority = value
      return
    case Kind.Status:
      message.status = /^[1-9][0-9][0-9]$/.test(value) ? Number(value) : 0
  }
}

/** What decides about the body. */
function pick(message: Draft, { kind, header: [, value] }: Field): void {
  if (kind === Kind.ContentEncoding) message.codings = message.codings === '' ? value : `${message.codings},${value}`
  if (kind !== Kind.ContentLength || !/^[0-9]{1,15}$/.test(value)) return
  if (message.length !== UNTIL_CLOSE && message.length !== Number(value))
    add(message.anomalies, 'http2.conflicting-content-length')
  message.length = Number(value)
}

/** RFC 9113 §8.3.1 and §8.5, RFC 8441 §4. */
function isIncomplete(message: Draft, seen: number): boolean {
  if (!has(seen, Kind.Method)) return true
  if (message.method === 'CONNECT' && !has(seen, Kind.Protocol)) return message.authority === ''
  return !has(seen, Kind.Path) || !has(seen, Kind.Scheme)
}

function has(seen: number, kind: Kind): boolean {
  return (seen & (1 << kind)) !== 0
}

function valueIn(fields: readonly Field[], kind: Kind): string | null {
  for (const field of fields) if (field.kind === kind) return field.header[1]
  return null
}

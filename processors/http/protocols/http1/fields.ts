/**
 * Header and trailer sections (RFC 9112 §5).
 *
 *   field-line = field-name ":" OWS field-value OWS CRLF
 *   obs-fold   = OWS CRLF RWS                               (joined with one space, and an anomaly)
 *
 * The fields that decide framing, routing and decoding are picked out in the same pass, by length and first letter.
 */

import type { Header } from '#schemas/records/exchange.ts'
import { add } from '../../message/anomalies.ts'
import { display } from '../../message/text.ts'
import { hidesFraming } from './hidden.ts'
import { isToken } from './start-line.ts'

export class Fields {
  /** Nothing but ASCII in the head, start line included: what is shown is what was sent. */
  ascii = false
  headers: Header[] = []
  /** Values of all lines of that name, joined with a comma; null when there is none. */
  contentLength: string | null = null
  transferEncoding: string | null = null
  contentEncoding: string | null = null
  connection: string | null = null
  upgrade: string | null = null
  /** The first Host. */
  host: string | null = null
  expect: string | null = null
  /** Some content-length or host line came after the first. */
  severalLengths = false
  severalHosts = false
  /** A field that decides framing stands where, or is written so that, not every server sees it (hidden.ts). */
  hidesFraming = false

  /** Empties it; what was in `headers` stays with whoever took it. */
  clear(): void {
    this.ascii = false
    this.headers = []
    this.contentLength = null
    this.transferEncoding = null
    this.contentEncoding = null
    this.connection = null
    this.upgrade = null
    this.host = null
    this.expect = null
    this.severalLengths = false
    this.severalHosts = false
    this.hidesFraming = false
  }
}

/**
 * Reads field lines of `text` from `at` until the empty line that ends the section, or to the end of the text.
 * Returns where it stopped: after the empty line. `plain`: nothing but ASCII in the text.
 */
export function parseFields(
  text: string,
  at: number,
  plain: boolean,
  limit: number,
  fields: Fields,
  anomalies: string[],
): number {
  const { headers } = fields
  const end = text.length
  let count = 0
  // Next carriage return: where lines end properly, it is the end of each.
  let cr = -1
  while (at < end) {
    const nl = text.indexOf('\n', at)
    let next = nl < 0 ? end : nl + 1
    const lineEnd = nl < 0 ? end : nl > at && text.charCodeAt(nl - 1) === 13 ? nl - 1 : nl
    if (lineEnd === nl) add(anomalies, 'http1.bare-lf')
    if (cr < at) cr = text.indexOf('\r', at)
    if (cr < 0) cr = end
    if (cr < lineEnd) add(anomalies, 'http1.bare-cr')
    if (lineEnd === at) return next

    const colon = text.indexOf(':', at)
    let name: string
    let value = ''
    if (colon < 0 || colon > lineEnd) {
      add(anomalies, 'http1.no-colon')
      name = trim(text, at, lineEnd)
    } else {
      let nameEnd = colon
      while (nameEnd > at && isSpace(text.charCodeAt(nameEnd - 1))) nameEnd--
      if (nameEnd < colon) add(anomalies, 'http1.space-before-colon')
      if (!isToken(text, at, nameEnd)) add(anomalies, 'http1.bad-field-name')
      name = text.slice(at, nameEnd)
      value = trim(text, colon + 1, lineEnd)
    }
    while (next < end && isSpace(text.charCodeAt(next))) {
      add(anomalies, 'http1.obs-fold')
      const fold = text.indexOf('\n', next)
      const foldEnd = fold < 0 ? end : text.charCodeAt(fold - 1) === 13 ? fold - 1 : fold
      value = `${value} ${trim(text, next, foldEnd)}`
      next = fold < 0 ? end : fold + 1
    }
    if (hidesFraming(text, at, next, name)) fields.hidesFraming = true
    if (count++ >= limit) add(anomalies, 'http1.too-many-fields')
    else headers.push(plain ? [name, value] : [display(name), display(value)])
    pick(fields, name, value)
    at = next
  }
  return at
}

/** True for the names that `pick` looks for. */
export function decidesFraming(name: string): boolean {
  const fields = new Fields()
  pick(fields, name, '')
  return Object.values(fields).some(value => value === '' || value === true)
}

/** Notes a field on which framing, routing or decoding depends. */
export function pick(fields: Fields, name: string, value: string): void {
  switch (name.length) {
    case 4:
      if (is(name, 'Host', 'host')) {
        if (fields.host === null) fields.host = value
        else fields.severalHosts = true
      }
      return
    case 6:
      if (is(name, 'Expect', 'expect')) fields.expect = value
      return
    case 7:
      if (is(name, 'Upgrade', 'upgrade')) fields.upgrade = join(fields.upgrade, value)
      return
    case 10:
      if (is(name, 'Connection', 'connection')) fields.connection = join(fields.connection, value)
      return
    case 14:
      if (is(name, 'Content-Length', 'content-length')) {
        if (fields.contentLength !== null) fields.severalLengths = true
        fields.contentLength = join(fields.contentLength, value)
      } else if (is(name, 'Content_Length', 'content_length')) fields.hidesFraming = true
      return
    case 16:
      if (is(name, 'Content-Encoding', 'content-encoding')) fields.contentEncoding = join(fields.contentEncoding, value)
      return
    case 17:
      if (is(name, 'Transfer-Encoding', 'transfer-encoding'))
        fields.transferEncoding = join(fields.transferEncoding, value)
      else if (is(name, 'Transfer_Encoding', 'transfer_encoding')) fields.hidesFraming = true
  }
}

/** `usual`: as nearly everybody writes it. A name that begins otherwise is no candidate. */
function is(name: string, usual: string, lower: string): boolean {
  if ((name.charCodeAt(0) | 32) !== lower.charCodeAt(0)) return false
  return name === usual || name.toLowerCase() === lower
}

function join(before: string | null, value: string): string {
  return before === null ? value : `${before},${value}`
}

function trim(text: string, from: number, to: number): string {
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9
}

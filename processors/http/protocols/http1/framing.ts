/**
 * How long a message's body is (RFC 9112 §6.3), with a decision where the rules say "reject": the most likely reading of
 * servers, and an anomaly that says so.
 *
 *  1. HEAD, 1xx, 204, 304, 2xx to CONNECT, a CONNECT request: no body
 *  2. Transfer-Encoding and Content-Length: Transfer-Encoding wins
 *  3. last coding `chunked` (`identity` does not count): chunked; otherwise a response lasts until close, a request falls
 *     back to its length
 *  4. several equal Content-Length values: that one; different ones: the first
 *  5. no length: a request has no body, a response lasts until close
 *  6. a length or coding that cannot be read, and nothing else: until the next start line, so that neither the body nor a
 *     request that is smuggled behind it is overlooked
 */

import { add } from '../../message/anomalies.ts'
import { type BodyLength, CHUNKED, UNTIL_CLOSE, UNTIL_NEXT } from '../../message/length.ts'
import type { Fields } from './fields.ts'

/** A Content-Length that is none. */
const UNREADABLE = -1

export function requestBody(fields: Fields, version: string, anomalies: string[]): BodyLength {
  if (fields.contentLength === null && fields.transferEncoding === null) return 0
  const length = contentLength(fields, anomalies)
  const coding = transferCoding(fields, version, length !== null, anomalies)
  if (coding === 'chunked') return CHUNKED
  if (coding === 'other') add(anomalies, 'http1.te-not-chunked')
  if (length === UNREADABLE) return UNTIL_NEXT
  return length ?? (coding === 'other' ? UNTIL_NEXT : 0)
}

export function responseBody(
  fields: Fields,
  version: string,
  status: number,
  method: string,
  anomalies: string[],
): BodyLength {
  const before = anomalies.length
  const length = responseLength(fields, version, status, method, anomalies)
  for (let i = before; i < anomalies.length; i++) anomalies[i] = ofResponse(anomalies[i]!)
  return length
}

/**
 * What is odd about the framing of a response has a name of its own: it is its server's fault, while an odd request is
 * somebody's attempt.
 */
export function ofResponse(anomaly: string): string {
  return anomaly.replace('http1.', 'http1.response-')
}

function responseLength(
  fields: Fields,
  version: string,
  status: number,
  method: string,
  anomalies: string[],
): BodyLength {
  if (status < 200 || status === 204 || (method === 'CONNECT' && status < 300)) {
    // RFC 9112 §6.1, RFC 9110 §8.6: such a response says no length. A length of nothing is usual.
    if (fields.transferEncoding !== null || (fields.contentLength ?? '0') !== '0') {
      add(anomalies, 'http1.length-without-body')
    }
    return 0
  }
  if (status === 304 || method === 'HEAD') return 0
  const length = contentLength(fields, anomalies)
  const coding = transferCoding(fields, version, length !== null, anomalies)
  if (coding === 'chunked') return CHUNKED
  if (coding === 'other') return UNTIL_CLOSE
  return length === null || length === UNREADABLE ? UNTIL_CLOSE : length
}

function contentLength(fields: Fields, anomalies: string[]): number | null {
  if (fields.contentLength === null) return null
  const plain = fields.severalLengths ? -1 : digits(fields.contentLength)
  if (plain >= 0) return plain
  if (fields.severalLengths || fields.contentLength.includes(',')) add(anomalies, 'http1.multiple-content-length')
  let length = UNREADABLE
  for (const part of fields.contentLength.split(',')) {
    const one = readLength(part.replace(/^[ \t]+|[ \t]+$/g, ''), anomalies)
    if (length === UNREADABLE) length = one
    else if (length !== one) add(anomalies, 'http1.conflicting-content-length')
  }
  return length
}

/** 1*15DIGIT without leading zeros, -1 for everything else: a third of the time of a regular expression and `Number`. */
function digits(text: string): number {
  if (text.length === 0 || text.length > 15 || (text.charCodeAt(0) === 48 && text.length > 1)) return -1
  let number = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** 1*DIGIT; a plus sign is forgiven. Numbers beyond 2^53 are no lengths: nothing that is captured reaches them. */
function readLength(text: string, anomalies: string[]): number {
  const unsigned = text.startsWith('+') ? text.slice(1) : text
  const isNumber = /^[0-9]+$/.test(unsigned)
  if (unsigned !== text || !isNumber) add(anomalies, 'http1.bad-content-length')
  else if (text.length > 1 && text.startsWith('0')) add(anomalies, 'http1.content-length-zeros')
  if (!isNumber) return UNREADABLE
  const length = Number(unsigned)
  if (length <= Number.MAX_SAFE_INTEGER) return length
  add(anomalies, 'http1.content-length-overflow')
  return UNREADABLE
}

function transferCoding(
  fields: Fields,
  version: string,
  hasLength: boolean,
  anomalies: string[],
): 'none' | 'chunked' | 'other' {
  const value = fields.transferEncoding
  if (value === null) return 'none'
  if (hasLength) add(anomalies, 'http1.te-and-cl')
  if (version === '1.0' || version === '0.9') add(anomalies, 'http1.te-in-http10')
  if (value === 'chunked') return 'chunked'
  const parts = value.split(',').map(part => part.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase())
  const codings = parts.filter(part => part !== '')
  if (codings.length < parts.length) add(anomalies, 'http1.odd-transfer-coding')
  if (codings.some(coding => !TRANSFER_CODINGS.has(coding))) add(anomalies, 'http1.unknown-transfer-coding')
  if (codings.length > 1) add(anomalies, 'http1.several-transfer-codings')
  const real = codings.filter(coding => coding !== 'identity')
  const chunked = real.filter(coding => coding === 'chunked').length
  if (chunked > 1 || (chunked === 1 && real.length < codings.length)) add(anomalies, 'http1.odd-transfer-coding')
  if (real.at(-1) === 'chunked') return 'chunked'
  return real.length === 0 && codings.length > 0 ? 'none' : 'other'
}

/** Registered transfer codings (RFC 9112 §7), and the one that RFC 2616 had. */
const TRANSFER_CODINGS = new Set(['chunked', 'gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'identity'])

/**
 * How long a message's body is (RFC 9112 §6.3), with a decision where the rules say "reject": the most likely reading of
 * servers, and an anomaly that says so.
 *
 *  1. HEAD, 1xx, 204, 304, 2xx to CONNECT: no body
 *  2. Transfer-Encoding and Content-Length: Transfer-Encoding wins
 *  3. last coding `chunked`: chunked; otherwise a response lasts until close, a request falls back to its length
 *  4. several equal Content-Length values: that one; different ones: the first; no number: as if it were not there
 *  5. no length: a request has no body, a response lasts until close
 */
import { add, type Fields } from './fields.ts'

/** Body length in bytes, or one of the two constants. */
export type BodyLength = number
export const CHUNKED = -1
export const UNTIL_CLOSE = -2

export function requestBody(fields: Fields, version: string, anomalies: string[]): BodyLength {
  const length = contentLength(fields, anomalies)
  const coding = transferCoding(fields, version, length !== null, anomalies)
  if (coding === 'chunked') return CHUNKED
  if (coding === 'other') add(anomalies, 'http1.te-not-chunked')
  return length ?? 0
}

export function responseBody(
  fields: Fields,
  version: string,
  status: number,
  method: string,
  anomalies: string[],
): BodyLength {
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return 0
  if (method === 'CONNECT' && status < 300) return 0
  const before = anomalies.length
  const answer = responseLength(fields, version, anomalies)
  for (let i = before; i < anomalies.length; i++) anomalies[i] = ofResponse(anomalies[i]!)
  return answer
}

/**
 * What is odd about the framing of a response has a name of its own: it is its server's fault, while an odd request is
 * somebody's attempt.
 */
export function ofResponse(anomaly: string): string {
  return anomaly.replace('http1.', 'http1.response-')
}

function responseLength(fields: Fields, version: string, anomalies: string[]): BodyLength {
  const length = contentLength(fields, anomalies)
  const coding = transferCoding(fields, version, length !== null, anomalies)
  if (coding === 'chunked') return CHUNKED
  if (coding === 'other') return UNTIL_CLOSE
  return length ?? UNTIL_CLOSE
}

function contentLength(fields: Fields, anomalies: string[]): number | null {
  if (fields.contentLength === null) return null
  const plain = fields.severalLengths ? -1 : digits(fields.contentLength)
  if (plain >= 0) return plain
  if (fields.severalLengths || fields.contentLength.includes(',')) add(anomalies, 'http1.multiple-content-length')
  let length: number | null = null
  for (const part of fields.contentLength.split(',')) {
    const one = readLength(part.trim(), anomalies)
    if (one === null) continue
    if (length === null) length = one
    else if (length !== one) add(anomalies, 'http1.conflicting-content-length')
  }
  return length
}

/** 1*15DIGIT, -1 for everything else: a third of the time of a regular expression and `Number`. */
function digits(text: string): number {
  if (text.length === 0 || text.length > 15) return -1
  let number = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** 1*DIGIT; a plus sign is forgiven. Numbers beyond 2^53 count as 2^53 - 1: nothing that is captured reaches them. */
function readLength(text: string, anomalies: string[]): number | null {
  const unsigned = text.startsWith('+') ? text.slice(1) : text
  if (unsigned !== text || !/^[0-9]+$/.test(unsigned)) add(anomalies, 'http1.bad-content-length')
  if (!/^[0-9]+$/.test(unsigned)) return null
  const length = Number(unsigned)
  if (length <= Number.MAX_SAFE_INTEGER) return length
  add(anomalies, 'http1.content-length-overflow')
  return Number.MAX_SAFE_INTEGER
}

function transferCoding(
  fields: Fields,
  version: string,
  hasLength: boolean,
  anomalies: string[],
): 'none' | 'chunked' | 'other' {
  if (fields.transferEncoding === null) return 'none'
  const codings = fields.transferEncoding
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '')
  if (hasLength) add(anomalies, 'http1.te-and-cl')
  if (version === '1.0' || version === '0.9') add(anomalies, 'http1.te-in-http10')
  const known = codings.filter(coding => coding === 'chunked' || TRANSFER_CODINGS.has(coding))
  if (known.length < codings.length || codings.length === 0) add(anomalies, 'http1.unknown-transfer-coding')
  if (known.length > 1) add(anomalies, 'http1.several-transfer-codings')
  if (codings.at(-1) === 'chunked') return 'chunked'
  return codings.length === 1 && codings[0] === 'identity' ? 'none' : 'other'
}

/** Registered transfer codings besides chunked (RFC 9112 §7), and the one that RFC 2616 had. */
const TRANSFER_CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'identity'])

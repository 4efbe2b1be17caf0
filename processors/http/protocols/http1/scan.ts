/**
 * The short way through a head that has nothing odd about it: one pass over its bytes that finds where everything
 * stands. Whatever is odd (any anomaly, a head that is not whole) is left to the long way, which sees it again from the
 * start; so this knows no anomalies, and both must agree on what is plain (scan.test.ts).
 *
 *   plain head  = start-line CRLF *( token ":" OWS *( HTAB / %x20-7E ) OWS CRLF ) CRLF      no line folding
 */
import { isTokenByte } from './start-line.ts'

/** Bytes of a plain value; TOKEN for names. */
const PLAIN = new Uint8Array(256)
PLAIN[9] = 1
PLAIN.fill(1, 0x20, 0x7f)
const TOKEN = Uint8Array.from({ length: 256 }, (_, byte) => (isTokenByte(byte) ? 1 : 0))

const CR = 13
const LF = 10
const COLON = 58

/** More fields than this in one head are left to the long way. */
const MAX_FIELDS = 128

/** Where the parts of the last plain head stand in its bytes. One object, overwritten by every scan. */
export interface PlainHead {
  /** End of the start line, without CR LF. */
  lineEnd: number
  /** Behind the empty line. */
  end: number
  fields: number
  /** Four per field: name from and to, value from and to, relative to the head's first byte. */
  readonly places: Int32Array
}

export const plainHead: PlainHead = { lineEnd: 0, end: 0, fields: 0, places: new Int32Array(4 * MAX_FIELDS) }

/** True when a whole plain head begins at `at` and ends before `limit`: then `plainHead` says where its parts are. */
export function scanPlainHead(bytes: Uint8Array, at: number, limit: number, maxFields: number): boolean {
  const to = Math.min(bytes.length, limit)
  const { places } = plainHead
  const most = 4 * Math.min(maxFields, MAX_FIELDS)
  let i = at
  while (i < to && PLAIN[bytes[i]!] === 1) i++
  if (i + 1 >= to || bytes[i] !== CR || bytes[i + 1] !== LF) return false
  plainHead.lineEnd = i
  i += 2
  let n = 0
  while (i + 1 < to) {
    if (bytes[i] === CR) {
      if (bytes[i + 1] !== LF) return false
      plainHead.end = i + 2
      plainHead.fields = n >> 2
      return true
    }
    if (n >= most) return false
    const name = i
    while (i < to && TOKEN[bytes[i]!] === 1) i++
    if (i === name || bytes[i] !== COLON) return false
    const nameEnd = i++
    while (i < to && isSpace(bytes[i]!)) i++
    const value = i
    while (i < to && PLAIN[bytes[i]!] === 1) i++
    if (i + 2 >= to || bytes[i] !== CR || bytes[i + 1] !== LF || isSpace(bytes[i + 2]!)) return false
    let valueEnd = i
    while (valueEnd > value && isSpace(bytes[valueEnd - 1]!)) valueEnd--
    places[n] = name - at
    places[n + 1] = nameEnd - at
    places[n + 2] = value - at
    places[n + 3] = valueEnd - at
    n += 4
    i += 2
  }
  return false
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9
}

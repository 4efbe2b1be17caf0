/**
 * The short way through a head that has nothing odd about it: one pass over its bytes that finds where everything
 * stands. Whatever is odd (any anomaly, a head that is not whole) is left to the long way, which sees it again from the
 * start; so this knows no anomalies, and both must agree on what is plain (scan.test.ts).
 *
 *   plain head  = start-line CRLF *( token ":" OWS *( HTAB / %x20-7E ) OWS CRLF ) CRLF      no line folding
 */

import { latin1 } from '../../message/text.ts'
import { type Fields, pick } from './fields.ts'
import { type KnownLines, type Line, stands } from './known.ts'
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

/** Where the last plain head ends. One object, overwritten by every scan. */
export interface PlainHead {
  /** End of the start line, without CR LF. */
  lineEnd: number
  /** Spaces and tabs in it. */
  blanks: number
  /** Behind the empty line. */
  end: number
}

export const plainHead: PlainHead = { lineEnd: 0, blanks: 0, end: 0 }

/** True when a whole plain head begins at `at` and ends before `limit`: its fields are in `fields` then, else nobody knows. */
export function scanPlainHead(
  bytes: Uint8Array,
  at: number,
  limit: number,
  maxFields: number,
  known: KnownLines,
  fields: Fields,
): boolean {
  const to = Math.min(bytes.length, limit)
  let i = at
  let blanks = 0
  while (i < to && PLAIN[bytes[i]!] === 1) if (isSpace(bytes[i++]!)) blanks++
  if (i + 1 >= to || bytes[i] !== CR || bytes[i + 1] !== LF) return false
  plainHead.lineEnd = i
  plainHead.blanks = blanks
  i += 2
  let before: Line | null = null
  let guess = known.first
  for (let left = Math.min(maxFields, MAX_FIELDS); i + 1 < to; left--) {
    if (bytes[i] === CR) {
      if (bytes[i + 1] !== LF) return false
      plainHead.end = i + 2
      return true
    }
    if (left === 0) return false
    let line: Line | null = guess
    if (line !== null && isLine(line, bytes, i, to)) {
      takeLine(line, fields)
      i += line.length + 2
    } else {
      if (!scanLine(bytes, i, to)) return false
      line = readLine(bytes, i, known, fields)
      i = scanned.end + 2
    }
    // A line that nobody knows is passed over: what followed before it may follow behind it.
    if (line === null) continue
    if (before === null) known.first = line
    else if (before.next !== line) before.next = line
    before = line
    guess = line.next
  }
  return false
}

/** The line stands at `at`, ends there, and is not continued in the next one. */
function isLine(line: Line, bytes: Uint8Array, at: number, to: number): boolean {
  const end = at + line.length
  if (end + 2 >= to || bytes[end] !== CR || bytes[end + 1] !== LF || isSpace(bytes[end + 2]!)) return false
  return stands(line, bytes, at)
}

/** Parts of the last line scanned. One object, overwritten by every scan. */
const scanned = { nameEnd: 0, value: 0, valueEnd: 0, end: 0, hash: 0 }

/** False when the line at `at` is not plain, not whole, or continued in the next one. */
function scanLine(bytes: Uint8Array, at: number, to: number): boolean {
  let i = at
  let hash = 0
  while (i < to && TOKEN[bytes[i]!] === 1) hash = (Math.imul(hash, 31) + bytes[i++]!) | 0
  if (i === at || bytes[i] !== COLON) return false
  scanned.nameEnd = i++
  while (i < to && isSpace(bytes[i]!)) i++
  scanned.value = i
  while (i < to && PLAIN[bytes[i]!] === 1) hash = (Math.imul(hash, 31) + bytes[i++]!) | 0
  if (i + 2 >= to || bytes[i] !== CR || bytes[i + 1] !== LF || isSpace(bytes[i + 2]!)) return false
  scanned.end = i
  while (i > scanned.value && isSpace(bytes[i - 1]!)) i--
  scanned.valueEnd = i
  scanned.hash = hash
  return true
}

/** The scanned line's field: that of a line which came before, or a new one. Returns the line when it is known from now on. */
function readLine(bytes: Uint8Array, at: number, known: KnownLines, fields: Fields): Line | null {
  const { nameEnd, value, valueEnd, end, hash } = scanned
  const line = known.find(bytes, at, end, hash)
  if (line !== null) {
    takeLine(line, fields)
    return line
  }
  const text = latin1(bytes, at, valueEnd)
  const header = [text.slice(0, nameEnd - at), text.slice(value - at)] as const
  fields.headers.push(header)
  pick(fields, header[0], header[1])
  return known.keep(bytes, at, end, hash, header)
}

function takeLine({ header, decides }: Line, fields: Fields): void {
  fields.headers.push(header)
  if (decides) pick(fields, header[0], header[1])
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9
}

/**
 * Finding the next message in bytes whose beginning is unknown: after a gap, after garbage. Bodies need not end with a
 * line end, so a message may begin anywhere; only what can hardly be anything else counts.
 */

import { asBuffer, latin1 } from '../../message/text.ts'
import { isKnownMethod, parseRequestLine, parseStatusLine } from './start-line.ts'

/** Longest request line found in the middle of something. */
const LINE = 8192
/** `HTTP/1.1 200` and the byte after it. */
const STATUS = 13

/** Index of the message's first byte, or `from` which index on the bytes must be seen again with more behind them. */
export interface Found {
  readonly at: number
  readonly found: boolean
}

export function seekResponse(bytes: Uint8Array, at: number): Found {
  const buffer = asBuffer(bytes)
  for (;;) {
    const hit = buffer.indexOf('HTTP/1.', at, 'latin1')
    if (hit < 0) return { at: Math.max(at, bytes.length - STATUS + 1), found: false }
    if (hit + STATUS > bytes.length) return { at: hit, found: false }
    const after = bytes[hit + STATUS - 1]!
    const ends = after === 32 || after === 13 || after === 10
    if (ends && parseStatusLine(latin1(bytes, hit, hit + 12), true) !== null) return { at: hit, found: true }
    at = hit + 1
  }
}

/** A request line in the middle shows at its end: ` HTTP/1.x` and a line end. The method is sought before it. */
export function seekRequest(bytes: Uint8Array, at: number): Found {
  let from = at
  for (;;) {
    const nl = bytes.indexOf(10, from)
    if (nl < 0) return { at: Math.max(from, bytes.length - LINE), found: false }
    const lineAt = Math.max(from, nl - LINE)
    const end = nl > lineAt && bytes[nl - 1] === 13 ? nl - 1 : nl
    // Cheap first: nearly every line ends otherwise.
    if (end - lineAt > 12 && bytes[end - 3] === 49 && bytes[end - 2] === 46) {
      const start = requestStart(latin1(bytes, lineAt, end))
      if (start >= 0) return { at: lineAt + start, found: true }
    }
    from = nl + 1
  }
}

/** Where in a line that ends with a version the method begins; -1 when it is no request line. */
function requestStart(line: string): number {
  if (parseRequestLine(line, true) !== null && !line.slice(0, -9).includes(' ', line.indexOf(' ') + 1)) return 0
  const targetEnd = line.length - 9
  const beforeTarget = line.lastIndexOf(' ', targetEnd - 1)
  if (beforeTarget < 0 || parseRequestLine(`GET${line.slice(beforeTarget)}`, true) === null) return -1
  const word = /[A-Z-]{1,40}$/.exec(line.slice(Math.max(0, beforeTarget - 40), beforeTarget))?.[0] ?? ''
  for (let i = 0; i < word.length; i++) if (isKnownMethod(word.slice(i))) return beforeTarget - word.length + i
  return -1
}

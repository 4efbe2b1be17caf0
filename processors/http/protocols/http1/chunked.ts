/**
 * The line before a chunk (RFC 9112 §7.1):
 *
 *   chunk-size [ chunk-ext ] CRLF        chunk-size = 1*HEXDIG; the line at most LINE bytes
 *
 * What lenient servers make of a bad one: C's `strtoul` skips blanks, a plus sign and `0x`, and stops at the first byte that
 * is no digit. Where there is a number for them, there is one here.
 */

/** Longest chunk line, extension included. */
export const LINE = 4096

/** No chunk is larger: servers that count with 32 bits wrap around here, clients send a buffer at a time. */
const LARGEST = 0xffff_ffff

export interface ChunkLine {
  /** Bytes of data that follow; -1 when nobody can tell. */
  readonly size: number
  /** Index after the line; where it begins when it is no chunk line. */
  readonly next: number
  readonly anomaly: string | null
}

/** Reads the line at `at`, or returns null when its end is not there yet. */
export function readChunkLine(bytes: Uint8Array, at: number): ChunkLine | null {
  let i = at
  let size = 0
  for (; i < bytes.length; i++) {
    const digit = HEX[bytes[i]!]!
    if (digit < 0) break
    // Beyond 2^53 sums are inexact, but stay large: the check below holds.
    size = size * 16 + digit
  }
  const digits = i - at
  const eol = bytes[i] === 13 && bytes[i + 1] === 10 ? i : bytes.indexOf(10, i)
  if (eol < 0) {
    if (bytes.length - at <= LINE) return null
    return { size: -1, next: at, anomaly: 'http1.chunk-line-too-long' }
  }
  const next = bytes[eol] === 13 ? eol + 2 : eol + 1
  if (next - at > LINE) return { size: -1, next: at, anomaly: 'http1.chunk-line-too-long' }
  if (digits === 0 || (size === 0 && (bytes[i]! | 32) === X)) return forgiven(bytes, at, eol, next)
  if (size > LARGEST) return { size: -1, next: at, anomaly: 'http1.chunk-size-overflow' }
  if (eol === i && bytes[i] === 13) return { size, next, anomaly: digits > 16 ? 'http1.chunk-size-digits' : null }
  return oddLine(bytes, i, eol, next, size)
}

const X = 120

/** No number where it should stand, or `0x`: what `strtoul` reads. */
function forgiven(bytes: Uint8Array, at: number, eol: number, next: number): ChunkLine {
  const line = String.fromCharCode(...bytes.subarray(at, Math.min(eol, at + 64)))
  const number = /^[ \t\v\f\r]{0,32}\+?(?:0[xX])?([0-9a-fA-F]{1,8})(?![0-9a-fA-F])/.exec(line)?.[1]
  if (number === undefined) return { size: -1, next: at, anomaly: 'http1.bad-chunk-size' }
  return { size: Number.parseInt(number, 16), next, anomaly: 'http1.bad-chunk-size' }
}

/** After the digits stands something else than CRLF: an extension, or a trick. */
function oddLine(bytes: Uint8Array, i: number, eol: number, next: number, size: number): ChunkLine {
  const bare = bytes[eol] === 10 && bytes[eol - 1] !== 13
  const end = bare || bytes[eol] === 13 ? eol : eol - 1
  let spaces = 0
  while (i + spaces < end && (bytes[i + spaces] === 32 || bytes[i + spaces] === 9)) spaces++
  const after = i + spaces
  if (bytes.subarray(after, end).includes(13)) return { size, next, anomaly: 'http1.bare-cr-in-chunk-line' }
  if (after < end && bytes[after] !== 59) return { size, next, anomaly: 'http1.bad-chunk-size' }
  if (bare) return { size, next, anomaly: 'http1.bare-lf-in-chunk-line' }
  return { size, next, anomaly: spaces > 0 && after === end ? 'http1.chunk-size-space' : null }
}

/** Value of a hexadecimal digit, -1 for every other byte. */
const HEX = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  HEX[i.toString(16).charCodeAt(0)] = i
  HEX[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

/** Index behind the line end after a chunk's data; `at` when there is none; -1 when it is not there yet. */
export function readChunkEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 10) return at + 1
  if (bytes[at] !== 13) return at
  if (bytes.length === at + 1) return -1
  return bytes[at + 1] === 10 ? at + 2 : at
}

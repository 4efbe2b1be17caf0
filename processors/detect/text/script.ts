/**
 * Escapes in strings of JavaScript (ECMA-262 §12.9.4) and its kin:
 *
 *   escape  = "\" ( "x" 2HEXDIG | "u" 4HEXDIG | "u{" 1*6HEXDIG "}" | "U" 8HEXDIG | octal | single )
 *   octal   = 2*3OCTDIG, at most 377; a digit alone is too often something else
 *   single  = b f n r t v | quotes, slashes | line end (which vanishes)
 */
import type { Escape } from './entities.ts'
import { hexDigit } from './unescape.ts'

const SINGLE: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\n', ''],
  ...[...'\'"`\\/'].map((char): [string, string] => [char, char]),
])

/** An escape that gives a character by its number: what attacks hide behind. */
export function numberedAt(text: string, at: number): Escape | null {
  const kind = text[at + 1]
  if (kind === 'x') return digitsAt(text, at + 2, 2)
  if (kind === 'U') return digitsAt(text, at + 2, 8)
  if (kind !== 'u') return octalAt(text, at + 1)
  return text[at + 2] === '{' ? bracedAt(text, at + 3) : digitsAt(text, at + 2, 4)
}

/** Any escape that begins at the backslash at `at`. */
export function escapeAt(text: string, at: number): Escape | null {
  const numbered = numberedAt(text, at)
  if (numbered !== null) return numbered
  const char = SINGLE.get(text.charAt(at + 1))
  return char === undefined ? null : { char, end: at + 2 }
}

function digitsAt(text: string, from: number, count: number): Escape | null {
  let code = 0
  for (let i = from; i < from + count; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return null
    code = code * 16 + digit
  }
  return characterOf(code, from + count)
}

function bracedAt(text: string, from: number): Escape | null {
  const digits = /^([0-9a-f]{1,6})\}/i.exec(text.slice(from, from + 7))?.[1]
  return digits === undefined ? null : characterOf(Number.parseInt(digits, 16), from + digits.length + 1)
}

function octalAt(text: string, from: number): Escape | null {
  const digits = /^(?:[0-3][0-7]{1,2}|[4-7][0-7])/.exec(text.slice(from, from + 3))?.[0]
  return digits === undefined ? null : characterOf(Number.parseInt(digits, 8), from + digits.length)
}

/** Surrogates stay what they are: two escapes make one character. */
function characterOf(code: number, end: number): Escape | null {
  return code > 0x10ffff ? null : { char: String.fromCodePoint(code), end }
}

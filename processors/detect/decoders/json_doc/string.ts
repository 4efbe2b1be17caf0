/**
 * string = quotation-mark *char quotation-mark (RFC 8259 §7), or the same in single quotes, with the escapes of JavaScript
 * (JSON5: \x27, \v, \0); an escape that is none keeps its character.
 */
import { hexDigit } from '../../text/unescape.ts'

export interface JsonString {
  readonly text: string
  /** Index after the closing quote. */
  readonly end: number
  readonly closed: boolean
}

const ESCAPES = new Map([
  [98, '\b'],
  [102, '\f'],
  [110, '\n'],
  [114, '\r'],
  [116, '\t'],
  [118, '\v'],
  [48, '\0'],
  [10, ''],
])

/** Reads the string whose opening quote is at `at`. */
export function readString(text: string, at: number): JsonString {
  const quote = text.charCodeAt(at)
  let out = ''
  let kept = at + 1
  let i = at + 1
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === quote) return { text: out + text.slice(kept, i), end: i + 1, closed: true }
    if (c !== 92) continue
    out += text.slice(kept, i)
    const kind = text.charCodeAt(i + 1)
    const digits = kind === 117 ? 4 : kind === 120 ? 2 : 0
    const unit = digits === 0 ? -1 : unitAt(text, i + 2, digits)
    if (unit >= 0) {
      out += String.fromCharCode(unit)
      i += 1 + digits
    } else {
      out += ESCAPES.get(kind) ?? text.charAt(i + 1)
      i += 1
    }
    kept = i + 1
  }
  return { text: out + text.slice(kept), end: text.length, closed: false }
}

function unitAt(text: string, at: number, digits: number): number {
  let unit = 0
  for (let i = at; i < at + digits; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return -1
    unit = (unit << 4) | digit
  }
  return unit
}

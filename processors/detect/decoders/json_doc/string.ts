/** string = quotation-mark *char quotation-mark (RFC 8259 §7), or the same in single quotes; an escape that is none keeps its character. */
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
    const unit = text.charCodeAt(i + 1) === 117 ? unitAt(text, i + 2) : -1
    if (unit >= 0) {
      out += String.fromCharCode(unit)
      i += 5
    } else {
      out += ESCAPES.get(text.charCodeAt(i + 1)) ?? text.charAt(i + 1)
      i += 1
    }
    kept = i + 1
  }
  return { text: out + text.slice(kept), end: text.length, closed: false }
}

function unitAt(text: string, at: number): number {
  let unit = 0
  for (let i = at; i < at + 4; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return -1
    unit = (unit << 4) | digit
  }
  return unit
}

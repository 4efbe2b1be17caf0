/** Percent escapes (RFC 3986 §2.1) as servers decode them. */
import { lenientText } from './bytes.ts'

/**
 * Decodes once: `%XX` (runs of them as UTF-8, overlong forms included, or Latin-1), `%uXXXX` (IIS; full-width forms
 * become ASCII, its best fit) and, in forms and queries, `+`. What is no escape stays as it is.
 */
export function decodeEscapes(text: string, plusIsSpace: boolean): string {
  if (plusIsSpace && text.includes('+')) text = text.replaceAll('+', ' ')
  let at = text.indexOf('%')
  if (at < 0) return text
  let out = ''
  let kept = 0
  const run: number[] = []
  while (at >= 0) {
    let i = at
    run.length = 0
    for (let byte = byteAt(text, i); byte >= 0; byte = byteAt(text, i)) {
      run.push(byte)
      i += 3
    }
    if (run.length > 0) {
      out += text.slice(kept, at) + lenientText(run)
      kept = i
    } else {
      const unit = unitAt(text, at)
      if (unit >= 0) {
        out += text.slice(kept, at) + String.fromCharCode(bestFit(unit))
        kept = at + 6
      }
      i = at + 1
    }
    at = text.indexOf('%', Math.max(kept, i))
  }
  return kept === 0 ? text : out + text.slice(kept)
}

/** Nothing but printable ASCII. */
export function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x20 || c > 0x7e) return false
  }
  return true
}

/** Is there a complete escape at or after the first percent sign? */
export function hasEscape(text: string): boolean {
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    if (byteAt(text, at) >= 0 || unitAt(text, at) >= 0) return true
  }
  return false
}

/** A percent sign inside of a word that begins no escape: `s%elect`, which classic ASP reads without it. */
const STRAY = /%(?![0-9a-f]{2}|u[0-9a-f]{4})/gi

/** Does such a sign stand between letters? */
export function hasStrayPercent(text: string): boolean {
  return /[a-z]%(?![0-9a-f]{2}|u[0-9a-f]{4})[a-z]/i.test(text)
}

/** The text without percent signs that begin no escape. */
export function withoutStrayPercents(text: string): string {
  return text.replace(STRAY, '')
}

/** The byte of the escape `%XX` at `at`, or -1. */
function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : (high << 4) | low
}

/** The UTF-16 unit of the escape `%uXXXX` at `at`, or -1. */
function unitAt(text: string, at: number): number {
  if ((text.charCodeAt(at + 1) | 32) !== 117) return -1
  let unit = 0
  for (let i = at + 2; i < at + 6; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return -1
    unit = (unit << 4) | digit
  }
  return unit
}

/** Full-width forms as the ASCII that servers with lossy conversions make of them. */
function bestFit(unit: number): number {
  return unit >= 0xff01 && unit <= 0xff5e ? unit - 0xfee0 : unit
}

/** Value of a hexadecimal digit, -1 for anything else (NaN too). */
export function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

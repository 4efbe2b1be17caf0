/**
 * Contents under a transfer encoding (RFC 2045 §6) or in a charset (RFC 7578 §4.5, §4.6). Both are old, and most servers care
 * for neither: a content is handed on as it is sent, and as whoever decodes it reads it.
 */
import { runsOf } from '../../text/binary.ts'
import { byteText, isUtf16, latin1Of, textOf } from '../../text/bytes.ts'
import { hidesAscii, textIn } from '../../text/charset.ts'
import { hexDigit } from '../../text/unescape.ts'
import type { Head } from './head.ts'

/** Those that change nothing, which some clients name. */
const IDENTITY: ReadonlySet<string> = new Set(['', '7bit', '8bit', 'binary', 'identity'])

/** Those that are decoded, and their elements of points. */
const CODINGS = new Map([
  ['base64', 'base64'],
  ['quoted-printable', 'quoted_printable'],
])

const NO_READINGS: readonly Reading[] = []

export interface Reading {
  /** Element of the point: what was decoded. */
  readonly by: string
  readonly text: string
}

/** The transfer encoding of a part, unless it is one that changes nothing. */
export function codingOf({ fields }: Head): string | null {
  for (const [name, value] of fields) {
    if (name === 'CONTENT-TRANSFER-ENCODING' && !IDENTITY.has(value.toLowerCase())) return value.toLowerCase()
  }
  return null
}

/** The content as sent: one character per byte becomes text, and of data that is none what is readable. */
export function plainText(content: string, charset: string | null): string {
  // ASCII is the same in all charsets that do not hide it.
  if (!/[^\0-\x7f]/.test(content)) return content
  const bytes = bytesOf(content)
  if (bytes === null) return content
  if (charset === null || hidesAscii(charset)) return runsOf(bytes) ?? byteText(bytes)
  return textIn(charset, bytes) ?? byteText(bytes)
}

/** What others make of it. */
export function readings(content: string, coding: string | null, charset: string | null): readonly Reading[] {
  if (coding === null && charset === null && !mayBeWide(content)) return NO_READINGS
  const found: Reading[] = []
  let bytes = bytesOf(content) ?? Buffer.from(content)
  const by = CODINGS.get(coding ?? '')
  if (by !== undefined) {
    bytes = by === 'base64' ? Buffer.from(content, 'base64') : quotedPrintable(content)
    found.push({ by, text: byteText(bytes) })
  }
  const text = charset !== null && hidesAscii(charset) ? textIn(charset, bytes) : isUtf16(bytes) ? textOf(bytes) : null
  if (text !== null && text !== latin1Of(bytes)) found.push({ by: 'charset', text })
  return found
}

/** UTF-16 has a mark, or a zero, among its first two bytes. */
function mayBeWide(content: string): boolean {
  const [first, second] = [content.charCodeAt(0), content.charCodeAt(1)]
  return first >= 0xfe || first === 0 || second === 0
}

/** Null when it was text before: characters beyond one byte. */
function bytesOf(content: string): Buffer | null {
  return /[^\0-\xff]/.test(content) ? null : Buffer.from(content, 'latin1')
}

/** `=XX` is a byte, `=` at the end of a line nothing (RFC 2045 §6.7). */
function quotedPrintable(text: string): Buffer {
  const bytes = Buffer.alloc(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const high = c === 61 ? hexDigit(text.charCodeAt(i + 1)) : -1
    const low = high < 0 ? -1 : hexDigit(text.charCodeAt(i + 2))
    if (low >= 0) {
      bytes[length++] = (high << 4) | low
      i += 2
    } else if (c === 61 && text.charCodeAt(i + 1) === 10) i++
    else if (c === 61 && text.startsWith('\r\n', i + 1)) i += 2
    else bytes[length++] = c
  }
  return bytes.subarray(0, length)
}

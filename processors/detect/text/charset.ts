/**
 * Text in the charset that a content type or a document declares. Most charsets have ASCII in them: there the raw bytes tell
 * the sieve enough. Those that have not (`hidesAscii`) are decoded before anybody looks.
 */
import { TextDecoder } from 'node:util'
import { runsOf } from './binary.ts'
import { byteText, isUtf16, latin1Of, textOf } from './bytes.ts'
import { ebcdicPage, ebcdicText } from './ebcdic.ts'
import { decodeUtf7 } from './utf7.ts'

const UTF7 = /^(?:x-|unicode-1-1-|unicode-2-0-|cs)?utf-?7$/
const UTF16 = /^(?:utf-?16|ucs-?2|unicode|iso-10646-ucs-2|csunicode)(?:-?(le|be))?$/
const UTF32 = /^(?:utf-?32|ucs-?4|iso-10646-ucs-4)(?:-?(le|be))?$/
/** Escapes switch the meaning of ASCII bytes. */
const ESCAPED = /^(?:(?:cs)?iso-?2022-?[a-z0-9-]{2,10}|hz-gb-2312|jis)$/

/** Separated as it should be or by what some servers take for it; `charset*=''label` is RFC 2231. */
const CHARSET = /[;,\s]charset\*?\s{0,16}=\s{0,16}["']?(?:[\w-]{0,16}'[\w-]{0,16}')?([^"';,\s]{1,40})/g

/** Where an XML declaration ends at the latest. */
const DECLARATION = 256

const decoders = new Map<string, TextDecoder | null>()
/** Labels are made up by clients. */
const MOST_DECODERS = 256

/** The charset parameter of a content type, null when there is none. Of several the first one that hides ASCII. `type` is lower case. */
export function charsetOf(type: string): string | null {
  if (!type.includes('charset')) return null
  const labels = Array.from(type.matchAll(CHARSET), match => match[1]!)
  return labels.find(hidesAscii) ?? labels[0] ?? null
}

/** Is ASCII text not ASCII bytes in this charset? Then whoever does not decode it sees something else. */
export function hidesAscii(label: string): boolean {
  return UTF7.test(label) || UTF16.test(label) || UTF32.test(label) || ESCAPED.test(label) || ebcdicPage(label) !== null
}

/** Do bytes of ASCII characters also occur as the second half of others (Shift_JIS, GBK, Big5)? */
export function splitsAscii(label: string): boolean {
  return /^(?:shift|sjis|x-sjis|cs(?:shiftjis|big5)|ms_?kanji|ms932|windows-(?:31j|949|936|950)|cp9\d\d|gb|x-gbk|big5|x-x-big5|johab|euc-tw)/.test(
    label,
  )
}

/** Null for a charset that is not known here. `label` is lower case. */
export function textIn(label: string, bytes: Uint8Array): string | null {
  if (UTF7.test(label)) return decodeUtf7(latin1Of(bytes))
  const wide = UTF32.exec(label)
  if (wide !== null) return utf32Text(bytes, wide[1] ?? 'be')
  const double = UTF16.exec(label)
  if (double !== null) return isUtf16(bytes) ? textOf(bytes) : utf16Text(bytes, double[1] ?? 'le')
  const page = ebcdicPage(label)
  return page === null ? (decoderOf(label)?.decode(bytes) ?? null) : ebcdicText(bytes, page)
}

/**
 * The text of a body when its bytes hide ASCII, by what they begin with or what is declared (`type`, the encoding of an XML
 * document). Null when they do not.
 */
export function hiddenText(bytes: Uint8Array, type: string): string | null {
  const order = utf32Order(bytes)
  if (order !== null) return utf32Text(bytes, order)
  if (isUtf16(bytes)) return textOf(bytes)
  const label = charsetOf(type) ?? declaredEncoding(bytes)
  return label !== null && hidesAscii(label) ? textIn(label, bytes) : null
}

/** The text of a body in its declared charset; UTF-8 or Latin-1 when none is declared or it is not known; of data what is readable. */
export function declaredText(bytes: Uint8Array, type: string): string {
  const label = charsetOf(type)
  if (label === null) return runsOf(bytes) ?? byteText(bytes)
  if (label.startsWith('utf-8') || hidesAscii(label)) return byteText(bytes)
  return textIn(label, bytes) ?? byteText(bytes)
}

/** `<?xml version="1.0" encoding="…"?>`, the declaration being ASCII or EBCDIC (XML 1.0, appendix F). */
function declaredEncoding(bytes: Uint8Array): string | null {
  const [a, b, c, d] = bytes
  if (a === 0x4c && b === 0x6f && c === 0xa7 && d === 0x94) return 'ibm037'
  if (a !== 60 || b !== 63 || c !== 120 || d !== 109) return null
  const start = latin1Of(bytes.subarray(0, DECLARATION)).toLowerCase()
  return /^<\?xml[^>]*\sencoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})/.exec(start)?.[1] ?? null
}

/** A byte order mark, or an ASCII character first. */
function utf32Order(bytes: Uint8Array): 'le' | 'be' | null {
  const [a, b, c, d] = bytes
  if (b === undefined || bytes.length < 8) return null
  if (c === 0 && d === 0 && ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0))) return bytes[5] === 0 ? 'le' : null
  if (a === 0 && b === 0 && ((c === 0xfe && d === 0xff) || (c === 0 && d !== 0))) return bytes[5] === 0 ? 'be' : null
  return null
}

function utf32Text(bytes: Uint8Array, order: string): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const units: string[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, order === 'le')
    units.push(point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point))
  }
  return units.join('')
}

function utf16Text(bytes: Uint8Array, order: string): string {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return (order === 'le' ? even : even.swap16()).toString('utf16le')
}

function decoderOf(label: string): TextDecoder | null {
  const known = decoders.get(label)
  if (known !== undefined) return known
  const decoder = newDecoder(label)
  if (decoders.size < MOST_DECODERS) decoders.set(label, decoder)
  return decoder
}

function newDecoder(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label)
  } catch {
    return null
  }
}

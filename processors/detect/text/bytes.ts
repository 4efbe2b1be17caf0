/** Text from bytes. */
import { isUtf8 } from 'node:buffer'
import { isInk } from './formats.ts'

/** UTF-8 when it decodes, Latin-1 otherwise; UTF-16 when it begins like that (`utf16Of`). */
export function textOf(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  const utf16 = utf16Of(bytes)
  if (utf16 !== null) {
    const text = buffer.subarray(utf16.mark, bytes.length - ((bytes.length - utf16.mark) % 2))
    return (utf16.little ? text : Buffer.from(text).swap16()).toString('utf16le')
  }
  return byteText(bytes)
}

/** UTF-8 when it decodes, Latin-1 otherwise. */
export function byteText(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  return isUtf8(bytes) ? buffer.toString('utf8') : buffer.toString('latin1')
}

/** One character per byte: enough for the sieve, whose needles are ASCII, and much cheaper than decoding. */
export function latin1Of(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1')
}

/** Begins like UTF-16: then its bytes may say nothing about its characters. */
export function isUtf16(bytes: Uint8Array): boolean {
  return utf16Of(bytes) !== null
}

/**
 * A byte order mark (RFC 2781 §3.2), or an ASCII character first, which is how parsers tell JSON (RFC 4627 §3) and XML (XML
 * 1.0, appendix F) in UTF-16 without one. `mark`: length of the mark.
 */
function utf16Of(bytes: Uint8Array): { readonly little: boolean; readonly mark: 0 | 2 } | null {
  const [a, b, c, d] = bytes
  if (a === 0xff && b === 0xfe) return { little: true, mark: 2 }
  if (a === 0xfe && b === 0xff) return { little: false, mark: 2 }
  if (b === 0 && d === 0 && isInk(a) && isInk(c)) return { little: true, mark: 0 }
  if (a === 0 && c === 0 && isInk(b) && isInk(d)) return { little: false, mark: 0 }
  return null
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Bytes as lenient servers decode them: UTF-8 with overlong forms (C0 AE is a dot; forbidden by RFC 3629 §3, accepted by
 * old decoders, used to hide `../`). A byte that begins no sequence is Latin-1, so that it hides nothing beside it.
 */
export function lenientText(bytes: readonly number[]): string {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!
    const more = continuationsOf(lead)
    let point = more === 0 ? lead : lead & (0x3f >> more)
    let read = 1
    for (; read <= more && ((bytes[i + read] ?? 0) & 0xc0) === 0x80; read++)
      point = (point << 6) | (bytes[i + read]! & 0x3f)
    const isWhole = read > more && point <= 0x10ffff
    text += String.fromCodePoint(isWhole ? point : lead)
    i += isWhole ? read : 1
  }
  return text
}

/** Bytes that follow a lead byte; 0 behind ASCII and behind what is none. */
function continuationsOf(lead: number): number {
  if (lead < 0xc0 || lead >= 0xf8) return 0
  return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
}

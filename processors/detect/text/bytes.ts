/** Text from bytes. */
import { isUtf8 } from 'node:buffer'

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

/** Visible ASCII or whitespace. */
function isInk(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Bytes as lenient servers decode them: UTF-8 with overlong forms (C0 AE is a dot; forbidden by RFC 3629 §3, accepted by
 * old decoders, used to hide `../`); Latin-1 for the whole when a sequence is broken.
 */
export function lenientText(bytes: readonly number[]): string {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!
    const more =
      lead < 0x80
        ? 0
        : lead >= 0xc0 && lead < 0xe0
          ? 1
          : lead >= 0xe0 && lead < 0xf0
            ? 2
            : lead >= 0xf0 && lead < 0xf8
              ? 3
              : -1
    if (more < 0 || i + more >= bytes.length) return latin1(bytes)
    let point = more === 0 ? lead : lead & (0x3f >> more)
    for (let k = 1; k <= more; k++) {
      if ((bytes[i + k]! & 0xc0) !== 0x80) return latin1(bytes)
      point = (point << 6) | (bytes[i + k]! & 0x3f)
    }
    if (point > 0x10ffff) return latin1(bytes)
    text += String.fromCodePoint(point)
    i += more + 1
  }
  return text
}

function latin1(bytes: readonly number[]): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

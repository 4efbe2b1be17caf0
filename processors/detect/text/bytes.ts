/** Text from bytes. */
import { isUtf8 } from 'node:buffer'

/** UTF-8 when it decodes, Latin-1 otherwise; UTF-16 when a byte order mark says so (RFC 2781 §3.2). */
export function textOf(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return buffer.toString('utf16le', 2)
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) {
    return Buffer.from(buffer.subarray(2)).swap16().toString('utf16le')
  }
  return isUtf8(bytes) ? buffer.toString('utf8') : buffer.toString('latin1')
}

/** One character per byte: enough for the sieve, whose needles are ASCII, and much cheaper than decoding. */
export function latin1Of(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1')
}

/** Has a byte order mark of UTF-16: then its bytes say nothing about its characters. */
export function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
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

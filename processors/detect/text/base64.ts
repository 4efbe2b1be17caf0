/** Base64 and base64url, RFC 4648 §4 and §5: the alphabet, and a cheap test whether a token holds text. */

/** Value of a character in either alphabet; 64 for every other character. */
export const BASE64_VALUE: Readonly<Uint8Array> = table()

/**
 * Does the token `text[at, at + length)` look like text in base64? True when the bytes of its whole groups are
 * printable ASCII, tab or line end, or could belong to UTF-8 sequences. Of random tokens 2 % pass per group.
 */
export function looksLikeText(text: string, at: number, length: number): boolean {
  for (let i = at; i + 4 <= at + length; i += 4) {
    const a = base64Value(text.charCodeAt(i))
    const b = base64Value(text.charCodeAt(i + 1))
    const c = base64Value(text.charCodeAt(i + 2))
    const d = base64Value(text.charCodeAt(i + 3))
    if (
      !isTextByte((a << 2) | (b >> 4)) ||
      !isTextByte(((b & 15) << 4) | (c >> 2)) ||
      !isTextByte(((c & 3) << 6) | d)
    ) {
      return false
    }
  }
  return true
}

/** 64 for everything that is no character of either alphabet, NaN too. */
export function base64Value(c: number): number {
  return c < 128 ? BASE64_VALUE[c]! : 64
}

function isTextByte(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13 || (byte >= 0xc2 && byte <= 0xf4)
}

function table(): Uint8Array {
  const values = new Uint8Array(128).fill(64)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i
  values[45] = 62 // - for +
  values[95] = 63 // _ for /
  return values
}

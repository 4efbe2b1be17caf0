/** The alphabets of base64 and base64url, RFC 4648 §4 and §5. */

/** Value of a character in either alphabet; 64 for every other character. */
export const BASE64_VALUE: Readonly<Uint8Array> = table()

/** 64 for everything that is no character of either alphabet, NaN too. */
export function base64Value(c: number): number {
  return c < 128 ? BASE64_VALUE[c]! : 64
}

/** Writes the bytes of the first `groups` whole groups of four characters at `at` into `bytes`. */
export function decodeGroups(text: string, at: number, groups: number, bytes: Uint8Array): void {
  for (let i = at, n = 0; n < groups * 3; i += 4, n += 3) {
    const b = base64Value(text.charCodeAt(i + 1))
    const c = base64Value(text.charCodeAt(i + 2))
    bytes[n] = (base64Value(text.charCodeAt(i)) << 2) | (b >> 4)
    bytes[n + 1] = (b << 4) | (c >> 2)
    bytes[n + 2] = (c << 6) | base64Value(text.charCodeAt(i + 3))
  }
}

function table(): Uint8Array {
  const values = new Uint8Array(128).fill(64)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i
  values[45] = 62 // - for +
  values[95] = 63 // _ for /
  return values
}

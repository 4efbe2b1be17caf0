/** Percent escapes as the bytes that they stand for, for whoever reads those in another charset than UTF-8. */
import { hexDigit } from './unescape.ts'

/** Characters that are no escapes are bytes, of those beyond one byte the lower half. */
export function percentBytes(text: string, plusIsSpace: boolean): Buffer {
  const bytes = Buffer.alloc(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const high = c === 37 ? hexDigit(text.charCodeAt(i + 1)) : -1
    const low = high < 0 ? -1 : hexDigit(text.charCodeAt(i + 2))
    bytes[length++] = low >= 0 ? (high << 4) | low : plusIsSpace && c === 43 ? 32 : c
    if (low >= 0) i += 2
  }
  return bytes.subarray(0, length)
}

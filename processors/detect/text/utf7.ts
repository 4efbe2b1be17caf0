/**
 * UTF-7 (RFC 2152): text = *( direct / "+-" / "+" *base64 [ "-" ] ), the base64 being UTF-16, big endian, without padding.
 *
 * Nobody needs it for HTTP, some servers still decode it, and `+ADw-script+AD4-` shows no angle bracket to who does not.
 */
import { base64Value } from './base64.ts'

/** What is no base64 after a plus sign stays as it is. Linear. */
export function decodeUtf7(text: string): string {
  let at = text.indexOf('+')
  if (at < 0) return text
  let out = ''
  let kept = 0
  while (at >= 0) {
    let bits = 0
    let held = 0
    let units = ''
    let end = at + 1
    for (; end < text.length; end++) {
      const value = isUrlSafe(text.charCodeAt(end)) ? 64 : base64Value(text.charCodeAt(end))
      if (value === 64) break
      held = ((held << 6) | value) & 0x3fffff
      bits += 6
      if (bits < 16) continue
      bits -= 16
      units += String.fromCharCode((held >> bits) & 0xffff)
    }
    const closed = text.charCodeAt(end) === 45
    out += text.slice(kept, at) + (end === at + 1 && closed ? '+' : units === '' ? text.slice(at, end) : units)
    kept = closed && (units !== '' || end === at + 1) ? end + 1 : end
    at = text.indexOf('+', kept)
  }
  return out + text.slice(kept)
}

/** Minus and underscore are base64 in URLs, not here. */
function isUrlSafe(c: number): boolean {
  return c === 45 || c === 95
}

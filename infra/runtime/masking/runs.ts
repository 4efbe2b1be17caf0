/** Texts among bytes: what is no UTF-8, or a control character, ends one (RFC 3629 §4; overlong forms are not told apart here). */

/** Shorter ones hold no name with its value. */
const LEAST = 8

/** From (inclusive) and to (exclusive) of each, in order. */
export function* textRuns(bytes: Uint8Array): Generator<readonly [from: number, to: number]> {
  let from = 0
  let at = 0
  while (at < bytes.length) {
    const size = sizeAt(bytes, at)
    if (size > 0) {
      at += size
      continue
    }
    if (at - from >= LEAST) yield [from, at]
    from = ++at
  }
  if (at - from >= LEAST) yield [from, at]
}

/** Bytes of the character that begins there; 0: none does. */
function sizeAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!
  if (byte < 0x80) return (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13) ? 1 : 0
  const size = byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0
  for (let i = 1; i < size; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  return size
}

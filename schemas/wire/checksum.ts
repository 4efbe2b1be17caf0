/** The Internet checksum, RFC 1071: 16-bit words, ones' complement. */

/** `sum` and the words of `bytes[from, to)`; an odd byte at the end counts as if a zero followed. Not folded yet. */
export function addWords(sum: number, bytes: Uint8Array, from: number, to: number): number {
  let at = from
  for (; at + 1 < to; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!
  return at < to ? sum + (bytes[at]! << 8) : sum
}

/** True when a sum that the checksum is part of says that nothing was changed. Up to 2^32 words of 16 bits. */
export function isIntact(sum: number): boolean {
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum & 0xffff)
  return sum === 0xffff
}

import { isUtf8 } from 'node:buffer'

/** Longest text kept, characters. */
const LONGEST = 256

/** UTF-8 where it decodes, Latin-1 otherwise; cut. */
export function textOf(bytes: Uint8Array): string {
  // No character of UTF-8 takes more than 4 bytes.
  const some = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4 * LONGEST))
  return some.toString(isUtf8(bytes) ? 'utf8' : 'latin1').slice(0, LONGEST)
}

/** Sequence arithmetic, RFC 9293 §3.4: numbers modulo 2^32, compared by their signed distance (below 2^31 either way). */

/** How far `to` lies after `from`: -2^31 … 2^31 - 1. */
export function distance(from: number, to: number): number {
  return (to - from) | 0
}

/** `seq` moved by `bytes` (which may be negative), wrapped into 0 … 2^32 - 1. */
export function advance(seq: number, bytes: number): number {
  return (seq + bytes) >>> 0
}

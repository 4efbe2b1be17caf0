/**
 * AYIYA, draft-massar-v6ops-ayiya §4. UDP port 5072; usually an IPv6 packet follows.
 *
 *   0  u8 identity length as a power of 2 (4 bits), identity type      1  u8 signature length in words (4 bits), hash
 *   2  u8 authentication (4 bits), operation (4 bits; 1: forward)      3  u8 next protocol
 *   4  u32 time      8  identity, signature
 */
import { afterIp } from '#schemas/wire/layers/ip.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const FORWARD = 1

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ayiya-cut')
  const { bytes, at } = walk
  if ((bytes[at + 2]! & 0x0f) !== FORWARD) return walk.unsupported('unsupported.ayiya')
  const size = HEADER_LEN + (1 << (bytes[at]! >> 4)) + (bytes[at + 1]! >> 4) * 4
  if (walk.cut(size)) return walk.damaged('damaged.ayiya-cut')
  walk.at = at + size
  return afterIp(walk, bytes[at + 3]!)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['protocol', bytes[at + 3]!]]
}

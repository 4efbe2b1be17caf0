/**
 * Teredo, RFC 4380 §5.1.1. UDP port 3544: optional indications, then an IPv6 packet.
 *
 *   authentication: u16 1, u8 client id length, u8 authentication length, id, value, nonce (8), confirmation (1)
 *   origin:         u16 0, u16 port, u32 address (both obfuscated)
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const AUTHENTICATION = 1
const ORIGIN = 0

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.teredo-cut')
  const { bytes } = walk
  if (u16(bytes, walk.at) === AUTHENTICATION) {
    const size = 4 + bytes[walk.at + 2]! + bytes[walk.at + 3]! + 9
    if (walk.cut(size + HEADER_LEN)) return walk.damaged('damaged.teredo-cut')
    walk.at += size
  }
  if (u16(bytes, walk.at) === ORIGIN) walk.at += HEADER_LEN
  if (walk.cut(1)) return walk.damaged('damaged.teredo-cut')
  return bytes[walk.at]! >> 4 === 6 ? LAYER.ipv6 : walk.unsupported('unsupported.teredo')
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['first', bytes[at]! >> 4 === 6 ? 'ipv6' : u16(bytes, at) === ORIGIN ? 'origin' : 'authentication']]
}

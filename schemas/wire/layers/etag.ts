/**
 * E-Tag of port extenders, IEEE 802.1BR §7.5. The EtherType of what follows is behind it.
 *
 *   0  u16 priority (3 bits), drop eligible, source channel (12 bits)      2  u16 reserved (2), group (2), channel (12)
 *   4  u8 source extension      5  u8 extension      6  u16 EtherType
 *
 * The channels change their places with the direction: not part of the flow's identity.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterTypeOrLength } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.etag-cut')
  const type = u16(walk.bytes, walk.at + 6)
  walk.at += HEADER_LEN
  return afterTypeOrLength(walk, type)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['channel', u16(bytes, at + 2) & 0x0fff],
    ['source channel', u16(bytes, at) & 0x0fff],
  ]
}

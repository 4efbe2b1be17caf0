/**
 * VN-Tag of Cisco's virtual interfaces, proposed as IEEE 802.1BR. The EtherType of what follows is behind it.
 *
 *   0  u16 direction, pointer, destination interface (14 bits)      2  u16 looped, reserved, version, source interface (12 bits)
 *   4  u16 EtherType
 *
 * The interfaces change their places with the direction: not part of the flow's identity.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterTypeOrLength } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 6

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.vntag-cut')
  const type = u16(walk.bytes, walk.at + 4)
  walk.at += HEADER_LEN
  return afterTypeOrLength(walk, type)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['to', u16(bytes, at) & 0x3fff],
    ['from', u16(bytes, at + 2) & 0x0fff],
  ]
}

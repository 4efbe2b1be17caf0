/**
 * ERSPAN type II (draft-foschiano-erspan §4.2). A mirrored Ethernet frame follows.
 *
 *   0  u16 version 1 (4 bits), VLAN of the mirrored frame (12 bits)
 *   2  u16 class (3 bits), how the VLAN was tagged (2 bits; 3: the tag is still in the frame), truncated, session (10 bits)
 *   4  u32 reserved, index
 *
 * Session and VLAN name what was mirrored: part of the flow's identity.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const TAG_IN_FRAME = 3

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.erspan-cut')
  const { bytes, at } = walk
  if (bytes[at]! >> 4 !== 1) return walk.unsupported('unsupported.erspan')
  const tagged = (bytes[at + 2]! >> 3) & 3
  walk.at = at + HEADER_LEN
  return enterSession(walk, u16(bytes, at + 2), tagged === TAG_IN_FRAME ? 0 : u16(bytes, at), LAYER.ethernet)
}

/** Session and VLAN stand in the low 10 and 12 bits. VLAN 0 is none. */
export function enterSession(walk: Walk, session: number, vlan: number, next: Next): Next {
  const entered = walk.enter('erspan', session & 0x03ff, next)
  return (vlan & 0x0fff) === 0 ? entered : walk.enter('vlan', vlan & 0x0fff, entered)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['session', u16(bytes, at + 2) & 0x03ff],
    ['vlan', u16(bytes, at) & 0x0fff],
  ]
}

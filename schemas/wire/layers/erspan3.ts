/**
 * ERSPAN type III (draft-foschiano-erspan §4.3). A mirrored frame follows.
 *
 *   0  u16 version 2 (4 bits), VLAN of the mirrored frame (12 bits)
 *   2  u16 class (3 bits), integrity (2 bits), truncated, session (10 bits)
 *   4  u32 timestamp      8  u16 security group
 *  10  u16 0x8000 frame follows, frame type (5 bits; 0 Ethernet, 2 IP), hardware (6), direction, granularity (2), sub-header
 *  12  platform sub-header (8) when the last bit is set
 *
 * Session and VLAN name what was mirrored: part of the flow's identity.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { describe as describe2, enterSession } from '#schemas/wire/layers/erspan2.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 12
const SUB_HEADER = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.erspan-cut')
  const { bytes, at } = walk
  if (bytes[at]! >> 4 !== 2) return walk.unsupported('unsupported.erspan')
  const flags = u16(bytes, at + 10)
  const size = HEADER_LEN + (flags & 1 ? SUB_HEADER : 0)
  if (walk.cut(size)) return walk.damaged('damaged.erspan-cut')
  walk.at = at + size
  return enterSession(walk, u16(bytes, at + 2), u16(bytes, at), frameOf(walk, (flags >> 10) & 0x1f))
}

function frameOf(walk: Walk, type: number): Next {
  if (type === 0) return LAYER.ethernet
  return type === 2 ? LAYER.ip : walk.unsupported('unsupported.erspan')
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [...describe2(bytes, at), ['group', u16(bytes, at + 8)]]
}

/**
 * LLC and SNAP in an 802.3 frame (IEEE 802.2, RFC 1042).
 *
 *   0  u8 DSAP 0xaa      1  u8 SSAP 0xaa      2  u8 control 3      3  organization, 0 for EtherTypes (3)      6  u16 type
 *
 * Everything else in LLC (spanning tree, IS-IS, NetBEUI) carries no IP.
 */
import { u16, u24 } from '#schemas/wire/bytes.ts'
import { afterEthertype } from '#schemas/wire/ethertype.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  const { bytes, at } = walk
  if (walk.cut(HEADER_LEN)) return walk.unsupported('unsupported.llc')
  if (u24(bytes, at) !== 0xaaaa03 || u24(bytes, at + 3) !== 0) return walk.unsupported('unsupported.llc')
  walk.at = at + HEADER_LEN
  return afterEthertype(walk, u16(bytes, at + 6))
}

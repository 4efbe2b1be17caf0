/**
 * Cisco HDLC, LINKTYPE_C_HDLC (104); RFC 1547 §4.3.1.
 *
 *   0  u8 address: 0x0f unicast, 0x8f multicast      1  u8 control 0      2  u16 EtherType
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { afterEthertype } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const PPP = 0xff03

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.chdlc-cut')
  const { bytes, at } = walk
  if (u16(bytes, at) === PPP) return LAYER.ppp
  walk.at = at + HEADER_LEN
  return afterEthertype(walk, u16(bytes, at + 2))
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['address', bytes[at]!]]
}

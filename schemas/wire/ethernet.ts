/**
 * Ethernet II, IEEE 802.3 §3.2.
 *
 *   0  destination (6)      6  source (6)      12  u16 type; below 0x0600 it is an 802.3 length and LLC follows
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterEthertype, FIRST_TYPE } from '#schemas/wire/ethertype.ts'
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 14

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ethernet-cut')
  const type = u16(walk.bytes, walk.at + 12)
  walk.at += HEADER_LEN
  if (type >= FIRST_TYPE) return afterEthertype(walk, type)
  if (type > walk.wireEnd - walk.at) return walk.damaged('damaged.ethernet-length')
  walk.narrow(type)
  return LAYER.llc
}

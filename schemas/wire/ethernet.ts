/**
 * Ethernet II, IEEE 802.3 §3.2.
 *
 *   0  destination (6)      6  source (6)      12  u16 type; below 0x0600 it is an 802.3 length and LLC follows
 *
 * LLC frames carry spanning tree and the like: `unsupported`, not looked into.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterEthertype } from '#schemas/wire/ethertype.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 14

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ethernet-cut')
  const type = u16(walk.bytes, walk.at + 12)
  walk.at += HEADER_LEN
  return afterEthertype(walk, type)
}

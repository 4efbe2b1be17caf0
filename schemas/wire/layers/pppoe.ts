/**
 * PPPoE session (RFC 2516 §4): in Ethernet, and LINKTYPE_PPP_ETHER (51). PPP follows.
 *
 *   0  u8 version 1, type 1      1  u8 code (0: session data)      2  u16 session      4  u16 length of what follows
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 6

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.pppoe-cut')
  const { bytes, at } = walk
  const length = u16(bytes, at + 4)
  if (bytes[at] !== 0x11 || bytes[at + 1] !== 0) return walk.damaged('damaged.pppoe-header')
  walk.at = at + HEADER_LEN
  if (length > walk.wireEnd - walk.at) return walk.damaged('damaged.pppoe-length')
  walk.narrow(length)
  return walk.enter('pppoe', u16(bytes, at + 2), LAYER.ppp)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['session', u16(bytes, at + 2)]]
}

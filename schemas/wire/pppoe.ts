/**
 * PPPoE session (RFC 2516 §4) and the PPP protocol field (RFC 1661 §2).
 *
 *   0  u8 version 1, type 1      1  u8 code (0: session data)      2  u16 session      4  u16 length of what follows
 *   6  PPP protocol: 0x0021 IPv4, 0x0057 IPv6, all others are control protocols; u16, or u8 when it is compressed
 *      (§6.5): the last byte of a protocol is odd and all others are even, so one odd byte is a whole one
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const PPP_AT = 6

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.pppoe-cut')
  const { bytes, at } = walk
  const length = u16(bytes, at + 4)
  if (bytes[at] !== 0x11 || bytes[at + 1] !== 0) return walk.damaged('damaged.pppoe-header')
  if (length < 2 || length > walk.wireEnd - at - PPP_AT) return walk.damaged('damaged.pppoe-length')
  walk.at = at + PPP_AT
  walk.narrow(length)
  const compressed = (bytes[walk.at]! & 1) === 1
  const protocol = compressed ? bytes[walk.at]! : u16(bytes, walk.at)
  walk.at += compressed ? 1 : 2
  if (protocol === 0x0021) return walk.enter('pppoe', u16(bytes, at + 2), LAYER.ipv4)
  if (protocol === 0x0057) return walk.enter('pppoe', u16(bytes, at + 2), LAYER.ipv6)
  return walk.unsupported('unsupported.ppp')
}

/**
 * PPP (RFC 1661 §2), alone (LINKTYPE_PPP 9, PPP_HDLC 50, PPP_PPPD 166) or in PPPoE, GRE and L2TP.
 *
 *   HDLC framing (RFC 1662 §3.1), when it is there: u8 address 0xff (pppd: the direction, 0 or 1), u8 control 3
 *   protocol: 0x0021 IPv4, 0x0057 IPv6, 0x0281 and 0x0283 MPLS; u16, or u8 when it is compressed (§6.5): the last byte
 *   of a protocol is odd and all others are even, so one odd byte is a whole one
 *
 * An address of 0x0f or 0x8f is Cisco's framing (RFC 1547 §4.3.1), which shares the link types. What is compressed
 * (RFC 1144, RFC 1962) or encrypted, and control protocols, are `unsupported`.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 2
const FRAMING_LEN = 2
const CONTROL = 3

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ppp-cut')
  const { bytes } = walk
  const address = bytes[walk.at]!
  if ((address === 0x0f || address === 0x8f) && bytes[walk.at + 1] === 0) return LAYER.chdlc
  if (isFramed(bytes, walk.at)) {
    walk.at += FRAMING_LEN
    if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ppp-cut')
  }
  const compressed = (bytes[walk.at]! & 1) === 1
  const protocol = compressed ? bytes[walk.at]! : u16(bytes, walk.at)
  walk.at += compressed ? 1 : 2
  switch (protocol) {
    case 0x0021:
      return LAYER.ipv4
    case 0x0057:
      return LAYER.ipv6
    case 0x0281:
    case 0x0283:
      return LAYER.mpls
    default:
      return walk.unsupported('unsupported.ppp')
  }
}

function isFramed(bytes: Uint8Array, at: number): boolean {
  const address = bytes[at]!
  return bytes[at + 1] === CONTROL && (address === 0xff || address <= 1)
}

export function describe(bytes: Uint8Array, at: number): Values {
  const start = isFramed(bytes, at) ? at + FRAMING_LEN : at
  const protocol = (bytes[start]! & 1) === 1 ? bytes[start]! : u16(bytes, start)
  return [['protocol', `0x${protocol.toString(16).padStart(4, '0')}`]]
}

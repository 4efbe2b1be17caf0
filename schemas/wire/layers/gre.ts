/**
 * GRE, RFC 2784 §2.1 with the key and sequence of RFC 2890 §2, and what grew from it.
 *
 *   0  u16 0x8000 checksum, 0x4000 routing, 0x2000 key, 0x1000 sequence, 0x0080 acknowledgement present; low 3 bits version
 *   2  u16 protocol: an EtherType, or
 *      0x88be ERSPAN: type I without a sequence number (an Ethernet frame follows), type II with one      0x22eb ERSPAN type III
 *      0x880b PPP      0x883e WCCP      0x8200 to 0x8210 and 0x9000 802.11 (Aruba)
 *
 *   version 0, each when present: u32 checksum and offset (also with routing), u32 key, u32 sequence, routing (RFC 1701):
 *     entries of u16 family, u8 offset, u8 length, information; the last one has family and length 0
 *   version 1 (PPTP, RFC 2637 §4.1): u16 payload length, u16 call, then each when present: u32 sequence, u32 acknowledgement
 *
 * Identity: the key (0 without one). NVGRE (RFC 7637 §3.2: Ethernet, a key and nothing else) has the virtual subnet in the upper
 * 24 bits of the key and a hash of the flow in the rest, which is left out; as subnets below 0x1000 are reserved there, smaller
 * keys are those of plain Ethernet tunnels and kept whole. PPTP's call differs by direction: not part of it.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { afterEthertype } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const CHECKSUM = 0x8000
const ROUTING = 0x4000
const KEY = 0x2000
const SEQUENCE = 0x1000
const ACKNOWLEDGEMENT = 0x0080
const VERSION = 0x0007
const ETHERNET = 0x6558
const PPP = 0x880b
const LOWEST_SUBNET = 0x1000
const MAX_ROUTES = 16

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.gre-cut')
  const { bytes, at } = walk
  const flags = u16(bytes, at)
  const protocol = u16(bytes, at + 2)
  if ((flags & VERSION) === 1) return pptp(walk, flags, protocol)
  if ((flags & VERSION) !== 0) return walk.unsupported('unsupported.gre')
  const keyAt = at + HEADER_LEN + (flags & (CHECKSUM | ROUTING) ? 4 : 0)
  const after = keyAt + (flags & KEY ? 4 : 0) + (flags & SEQUENCE ? 4 : 0)
  if (walk.cut(after - at)) return walk.damaged('damaged.gre-cut')
  walk.at = after
  if (flags & ROUTING && !skipRoutes(walk)) return walk.damaged('damaged.gre-routing')
  const key = flags & KEY ? u32(bytes, keyAt) : 0
  switch (protocol) {
    case 0x88be:
      return flags & SEQUENCE ? LAYER.erspan2 : walk.enter('erspan', 0, LAYER.ethernet)
    case 0x22eb:
      return LAYER.erspan3
    default:
      return walk.enter('gre', isNvgre(flags, protocol, key) ? key & ~0xff : key, afterGre(walk, protocol))
  }
}

function afterGre(walk: Walk, protocol: number): Next {
  if (protocol === 0x883e) return LAYER.wccp
  if ((protocol >= 0x8200 && protocol <= 0x8210) || protocol === 0x9000) return LAYER.wifi
  return afterEthertype(walk, protocol)
}

function isNvgre(flags: number, protocol: number, key: number): boolean {
  return flags === KEY && protocol === ETHERNET && key >>> 8 >= LOWEST_SUBNET
}

function skipRoutes(walk: Walk): boolean {
  const { bytes } = walk
  for (let count = 0; count < MAX_ROUTES; count++) {
    if (walk.cut(4)) return false
    const isLast = u16(bytes, walk.at) === 0 && bytes[walk.at + 3] === 0
    const size = 4 + bytes[walk.at + 3]!
    if (walk.cut(size)) return false
    walk.at += size
    if (isLast) return true
  }
  return false
}

function pptp(walk: Walk, flags: number, protocol: number): Next {
  if (protocol !== PPP) return walk.unsupported('unsupported.gre')
  const size = 8 + (flags & SEQUENCE ? 4 : 0) + (flags & ACKNOWLEDGEMENT ? 4 : 0)
  if (walk.cut(size)) return walk.damaged('damaged.gre-cut')
  const length = u16(walk.bytes, walk.at + 4)
  walk.at += size
  if (length > walk.wireEnd - walk.at) return walk.damaged('damaged.gre-length')
  if (length === 0) return walk.unsupported('unsupported.gre')
  walk.narrow(length)
  return LAYER.ppp
}

export function describe(bytes: Uint8Array, at: number): Values {
  const flags = u16(bytes, at)
  const keyAt = at + HEADER_LEN + (flags & (CHECKSUM | ROUTING) ? 4 : 0)
  const protocol: Values[number] = [
    'protocol',
    `0x${u16(bytes, at + 2)
      .toString(16)
      .padStart(4, '0')}`,
  ]
  if ((flags & VERSION) === 1) return [protocol, ['call', u16(bytes, at + 6)]]
  return flags & KEY ? [protocol, ['key', u32(bytes, keyAt)]] : [protocol]
}

/**
 * UDP, RFC 768, as a carrier of tunnels only.
 *
 *   0  u16 source port      2  u16 destination port      4  u16 length, header included      6  u16 checksum
 *
 * By destination port: 4789 VXLAN, 6081 Geneve. By either port: 2152 GTP-U, 3544 Teredo (replies come from the port).
 * Between Teredo peers and relays (RFC 4380 §2.13) the ports are any: told by the content.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.udp-cut')
  const { bytes, at } = walk
  const source = u16(bytes, at)
  const target = u16(bytes, at + 2)
  const length = u16(bytes, at + 4) || walk.wireEnd - at
  if (length < HEADER_LEN || length > walk.wireEnd - at) return walk.damaged('damaged.udp-length')
  walk.narrow(length)
  walk.at = at + HEADER_LEN
  if (target === 4789) return LAYER.vxlan
  if (target === 6081) return LAYER.geneve
  if (target === 2152 || source === 2152) return LAYER.gtpu
  if (target === 3544 || source === 3544) return LAYER.teredo
  return isTeredo(walk) ? LAYER.ipv6 : walk.unsupported('unsupported.udp')
}

const IPV6_HEADER_LEN = 40
const TEREDO_PREFIX = 0x20010000

/** A whole IPv6 packet, no byte more or less, from or to a Teredo address (2001::/32, RFC 4380 §4). */
function isTeredo(walk: Walk): boolean {
  const { bytes, at } = walk
  if (walk.cut(IPV6_HEADER_LEN) || bytes[at]! >> 4 !== 6) return false
  if (u16(bytes, at + 4) + IPV6_HEADER_LEN !== walk.wireEnd - at) return false
  return u32(bytes, at + 8) === TEREDO_PREFIX || u32(bytes, at + 24) === TEREDO_PREFIX
}

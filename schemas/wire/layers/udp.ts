/**
 * UDP, RFC 768, as a carrier of tunnels only: the port says which (ports.ts).
 *
 *   0  u16 source port      2  u16 destination port      4  u16 length, header included      6  u16 checksum
 *
 * Between Teredo peers and relays (RFC 4380 §2.13) the ports are any: told by the content. The checksum is not verified:
 * tunnels are sent without one (RFC 7348 §5).
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { BOTH_WAYS, NO_TUNNEL } from '#schemas/wire/ports.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.udp-cut')
  const { bytes, at } = walk
  const length = u16(bytes, at + 4) || walk.wireEnd - at
  if (length < HEADER_LEN || length > walk.wireEnd - at) return walk.damaged('damaged.udp-length')
  walk.narrow(length)
  walk.at = at + HEADER_LEN
  const to = walk.ports[u16(bytes, at + 2)]!
  if (to !== NO_TUNNEL) return to & ~BOTH_WAYS
  const from = walk.ports[u16(bytes, at)]!
  if ((from & BOTH_WAYS) !== 0) return from & ~BOTH_WAYS
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

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['source port', u16(bytes, at)],
    ['destination port', u16(bytes, at + 2)],
    ['length', u16(bytes, at + 4)],
  ]
}

/**
 * IP without anything that says which: the version is the first nibble (RFC 791 §3.1, RFC 8200 §3). Raw link types
 * and some tunnels.
 */
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 1

/** Longest packet without a length of its own (offload, "BIG TCP"; Linux allows 512 KiB): more is no real packet. */
export const MAX_OFFLOADED = 1 << 20

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ip-cut')
  const version = walk.bytes[walk.at]! >> 4
  if (version === 4) return LAYER.ipv4
  if (version === 6) return LAYER.ipv6
  return walk.damaged('damaged.ip-version')
}

/** What follows an IP header, by its protocol number (IANA Assigned Internet Protocol Numbers). */
export function afterIp(walk: Walk, protocol: number): Next {
  switch (protocol) {
    case 6:
      return LAYER.tcp
    case 17:
      return LAYER.udp
    case 4:
      return LAYER.ipv4
    case 41:
      return LAYER.ipv6
    case 47:
      return LAYER.gre
    case 51:
      return LAYER.ah
    case 97:
      return LAYER.etherip
    case 137:
      return LAYER.mpls
    case 1:
    case 58:
      return walk.unsupported('unsupported.icmp')
    case 50:
      return walk.unsupported('unsupported.esp')
    default:
      return walk.unsupported('unsupported.ip-protocol')
  }
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['version', bytes[at]! >> 4]]
}

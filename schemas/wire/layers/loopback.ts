/**
 * BSD loopback: LINKTYPE_NULL (0) and LINKTYPE_LOOP (108).
 *
 *   0  u32 address family: 2 IPv4; 24 (NetBSD, OpenBSD), 28 (FreeBSD), 30 (macOS), 10 (Linux) IPv6
 *
 * NULL is in the byte order of the machine that captured, LOOP in network order. Families are below 256, so the order
 * shows by itself: the number is the one byte that is not zero.
 */
import { u32 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.loopback-cut')
  const family = familyAt(walk.bytes, walk.at)
  walk.at += HEADER_LEN
  return afterFamily(walk, family)
}

/** A u32 family in either byte order. */
export function familyAt(bytes: Uint8Array, at: number): number {
  const family = u32(bytes, at)
  return family < 256 ? family : family / 0x1000000
}

/** What follows an address family (AF_INET, AF_INET6) of any system. */
export function afterFamily(walk: Walk, family: number): Next {
  switch (family) {
    case 2:
      return LAYER.ipv4
    case 10:
    case 24:
    case 28:
    case 30:
      return LAYER.ipv6
    default:
      return walk.unsupported('unsupported.family')
  }
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['family', familyAt(bytes, at)]]
}

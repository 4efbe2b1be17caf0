/**
 * Network service header, RFC 8300 §2.
 *
 *   0  u16 version 0 (2 bits), operations, unassigned, TTL (6 bits), length in words (6 bits)
 *   2  u8 metadata type      3  u8 next protocol      4  u24 service path, u8 index      8  context
 *
 * The path differs by direction: not part of the flow's identity.
 */
import { u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.nsh-cut')
  const { bytes, at } = walk
  // Version 0 and no operations.
  if ((bytes[at]! & 0xe0) !== 0) return walk.unsupported('unsupported.nsh')
  const size = (bytes[at + 1]! & 0x3f) * 4
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.nsh-cut')
  walk.at = at + size
  return afterNsh(walk, bytes[at + 3]!)
}

/** The protocol numbers of RFC 8300 §9.1.4, which VXLAN-GPE shares. */
export function afterNsh(walk: Walk, protocol: number): Next {
  switch (protocol) {
    case 1:
      return LAYER.ipv4
    case 2:
      return LAYER.ipv6
    case 3:
      return LAYER.ethernet
    case 4:
      return LAYER.nsh
    case 5:
      return LAYER.mpls
    default:
      return walk.unsupported('unsupported.nsh')
  }
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['path', u24(bytes, at + 4)],
    ['index', bytes[at + 7]!],
  ]
}

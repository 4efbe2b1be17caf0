/**
 * Cisco FabricPath: the switches' own addresses and EtherType 0x8903 before an Ethernet frame.
 *
 *   0  u16 forwarding tag (10 bits), TTL (6 bits)
 *
 * The tag names a tree of switches, not a network: not part of the flow's identity; the VLAN is in the inner frame.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 2

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.fabricpath-cut')
  walk.at += HEADER_LEN
  return LAYER.ethernet
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['tag', u16(bytes, at) >> 6]]
}

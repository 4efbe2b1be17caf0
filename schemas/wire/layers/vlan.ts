/**
 * VLAN tag, IEEE 802.1Q §9.6 and, stacked, 802.1ad. The tag's own type was the outer EtherType.
 *
 *   0  u16 priority (3 bits), drop eligible (1), VLAN (12)      2  u16 type of what follows
 *
 * VLAN 0 is a priority tag and no VLAN (802.1Q table 9-2): it does not become part of the flow's identity.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterTypeOrLength } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.vlan-cut')
  const id = u16(walk.bytes, walk.at) & 0x0fff
  const type = u16(walk.bytes, walk.at + 2)
  walk.at += HEADER_LEN
  const next = afterTypeOrLength(walk, type)
  return id === 0 ? next : walk.enter('vlan', id, next)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['vlan', u16(bytes, at) & 0x0fff]]
}

/**
 * VXLAN, RFC 7348 §5. UDP port 4789, and those of the configuration; an Ethernet frame follows.
 *
 *   0  u8 flags (0x08: the VNI is valid)      4  u24 VNI      7  u8 reserved
 *
 * With a group policy (draft-smith-vxlan-group-policy) the flag 0x80 is set and a group stands at 2: nothing changes here.
 */
import { u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const VALID = 0x08

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.vxlan-cut')
  const { bytes, at } = walk
  if ((bytes[at]! & VALID) === 0) return walk.unsupported('unsupported.vxlan')
  walk.at = at + HEADER_LEN
  return walk.enter('vxlan', u24(bytes, at + 4), LAYER.ethernet)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['vni', u24(bytes, at + 4)]]
}

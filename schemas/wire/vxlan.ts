/**
 * VXLAN, RFC 7348 §5. UDP port 4789; an Ethernet frame follows.
 *
 *   0  u8 flags (0x08: the VNI is valid)      4  u24 VNI      7  u8 reserved
 */
import { u24 } from '#schemas/wire/bytes.ts'
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const VALID = 0x08

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.vxlan-cut')
  const { bytes, at } = walk
  if ((bytes[at]! & VALID) === 0) return walk.unsupported('unsupported.vxlan')
  walk.at = at + HEADER_LEN
  return walk.enter('vxlan', u24(bytes, at + 4), LAYER.ethernet)
}

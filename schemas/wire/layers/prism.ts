/**
 * Prism header, LINKTYPE_IEEE802_11_PRISM (119): notes about the radio before an 802.11 frame. In the byte order of the
 * machine that captured. Some drivers wrote an AVS header under this link type.
 *
 *   0  u32 message 0x44 or 0x41      4  u32 length 144, this header included
 */
import { LAYER } from '#schemas/wire/layer.ts'
import { isAvs } from '#schemas/wire/layers/avs.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const PRISM_LEN = 144

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.prism-cut')
  const { bytes, at } = walk
  if (isAvs(bytes, at)) return LAYER.avs
  // The length as one byte, first or last, tells the order.
  if (bytes[at + 4] !== PRISM_LEN && bytes[at + 7] !== PRISM_LEN) return walk.unsupported('unsupported.prism')
  if (walk.cut(PRISM_LEN)) return walk.damaged('damaged.prism-cut')
  walk.at = at + PRISM_LEN
  return LAYER.wifi
}

export function describe(): Values {
  return [['length', PRISM_LEN]]
}

/**
 * FDDI, LINKTYPE_FDDI (10). LLC follows.
 *
 *   0  u8 frame control: 0x50 to 0x5f LLC frames      1  destination (6)      7  source (6)
 */
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 13

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.fddi-cut')
  if (walk.bytes[walk.at]! >> 4 !== 5) return walk.unsupported('unsupported.fddi')
  walk.at += HEADER_LEN
  return LAYER.llc
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['control', bytes[at]!]]
}

/**
 * Radiotap, LINKTYPE_IEEE802_11_RADIOTAP (127): notes about the radio before an 802.11 frame.
 *
 *   0  u8 version 0      1  u8 padding      2  u16le length, this header included      4  fields
 */
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.radiotap-cut')
  const { bytes, at } = walk
  if (bytes[at] !== 0) return walk.unsupported('unsupported.radiotap')
  const size = bytes[at + 2]! | (bytes[at + 3]! << 8)
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.radiotap-cut')
  walk.at = at + size
  return LAYER.wifi
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['length', bytes[at + 2]! | (bytes[at + 3]! << 8)]]
}

/**
 * Per-packet information, LINKTYPE_PPI (192): notes about the radio, then a frame of any other link type.
 *
 *   0  u8 version 0      1  u8 flags      2  u16le length, this header and the notes included      4  u32le link type
 */
import { firstLayer } from '#schemas/wire/linktype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ppi-cut')
  const { bytes, at } = walk
  if (bytes[at] !== 0) return walk.unsupported('unsupported.ppi')
  const size = bytes[at + 2]! | (bytes[at + 3]! << 8)
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.ppi-cut')
  walk.at = at + size
  const layer = firstLayer(linktypeAt(bytes, at))
  return layer < 0 ? walk.unsupported('unsupported.linktype') : layer
}

function linktypeAt(bytes: Uint8Array, at: number): number {
  return bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['link type', linktypeAt(bytes, at)]]
}

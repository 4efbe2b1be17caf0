/**
 * macOS captures of several interfaces, LINKTYPE_PKTAP (258): notes about interface and process, then a frame of any other
 * link type. Little-endian.
 *
 *   0  u32 length, this header included      4  u32 type of record: 1 a packet      8  u32 link type      12  interface …
 */
import { firstLayer } from '#schemas/wire/linktype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 12
/** It has 108 today; more may come. */
const MAX_LEN = 1024

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.pktap-cut')
  const { bytes, at } = walk
  const size = u32le(bytes, at)
  if (size > MAX_LEN || u32le(bytes, at + 4) !== 1) return walk.unsupported('unsupported.pktap')
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.pktap-cut')
  walk.at = at + size
  const layer = firstLayer(u32le(bytes, at + 8))
  return layer < 0 ? walk.unsupported('unsupported.linktype') : layer
}

function u32le(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['link type', u32le(bytes, at + 8)]]
}

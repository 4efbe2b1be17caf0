/**
 * AVS header, LINKTYPE_IEEE802_11_AVS (163): notes about the radio before an 802.11 frame.
 *
 *   0  u32 magic 0x80211001 or 0x80211002      4  u32 length, this header included
 */
import { u32 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
/** The third version has 168 bytes. */
const MAX_LEN = 1024

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.avs-cut')
  const { bytes, at } = walk
  const size = u32(bytes, at + 4)
  if (!isAvs(bytes, at) || size > MAX_LEN) return walk.unsupported('unsupported.avs')
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.avs-cut')
  walk.at = at + size
  return LAYER.wifi
}

/** True when the magic stands at `at`, whatever the version. */
export function isAvs(bytes: Uint8Array, at: number): boolean {
  return u32(bytes, at) >>> 12 === 0x80211
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['length', u32(bytes, at + 4)]]
}

/**
 * TCP, RFC 9293 §3.1.
 *
 *   0  u16 source port      2  u16 destination port      4  u32 sequence      8  u32 acknowledgement
 *  12  u8 data offset in words (high 4 bits, 5 to 15)      13  u8 flags      14  u16 window
 *  16  u16 checksum      18  u16 urgent pointer      20  options
 *
 * The checksum is not verified: offload leaves it wrong in captures of sent packets.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { type Next, SEGMENT, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 20

/** Leaves the payload in `bytes[at, end)`, `wireEnd - at` bytes of which were on the wire. */
export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.tcp-cut')
  const { bytes, at } = walk
  const header = (bytes[at + 12]! >> 4) * 4
  if (header < HEADER_LEN || header > walk.wireEnd - at) return walk.damaged('damaged.tcp-header')
  if (walk.cut(header)) return walk.damaged('damaged.tcp-cut')
  walk.sourcePort = u16(bytes, at)
  walk.targetPort = u16(bytes, at + 2)
  walk.seq = u32(bytes, at + 4)
  walk.ack = u32(bytes, at + 8)
  walk.flags = bytes[at + 13]!
  walk.window = u16(bytes, at + 14)
  walk.at = at + header
  return SEGMENT
}

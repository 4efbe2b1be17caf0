/**
 * IPv4, RFC 791 §3.1.
 *
 *   0  u8 version 4, header length in words (5 to 15)      2  u16 total length, header included
 *   6  u16 flags (0x2000: more fragments) and fragment offset (13 bits)      9  u8 protocol
 *  12  source (4)      16  destination (4)      20  options
 *
 * - Bytes behind the total length are padding of the link (a frame has 60 at least) and dropped.
 * - Total length 0: the card cuts the segment later (offload), the frame's length counts.
 * - A total length beyond what was on the wire contradicts itself: no host would take the packet, `damaged`.
 * - Fragments are `unsupported`. The checksum is not verified: offload leaves it wrong in captures of sent packets.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterIp, MAX_OFFLOADED } from '#schemas/wire/ip.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 20
const FRAGMENT = 0x3fff

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ipv4-cut')
  const { bytes, at } = walk
  const header = (bytes[at]! & 0x0f) * 4
  const onWire = walk.wireEnd - at
  const total = u16(bytes, at + 2) || onWire
  if (bytes[at]! >> 4 !== 4) return walk.damaged('damaged.ip-version')
  if (header < HEADER_LEN || total < header) return walk.damaged('damaged.ipv4-header')
  if (total > onWire || total > MAX_OFFLOADED) return walk.damaged('damaged.ipv4-length')
  if ((u16(bytes, at + 6) & FRAGMENT) !== 0) return walk.unsupported('unsupported.fragment')
  if (walk.cut(header)) return walk.damaged('damaged.ipv4-cut')
  walk.narrow(total)
  walk.at = at + header
  walk.family = 4
  walk.source = at + 12
  walk.target = at + 16
  return afterIp(walk, bytes[at + 9]!)
}

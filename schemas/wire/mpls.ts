/**
 * MPLS label stack entry, RFC 3032 §2.1.
 *
 *   0  u32 label (20 bits), traffic class (3), bottom of stack (1), TTL (8)
 *
 * Nothing says what follows the bottom: the first nibble is the IP version, or 0 for a pseudowire control word
 * (RFC 4385 §3) with Ethernet behind it. Labels differ by direction, and one direction may have none (penultimate hop
 * popping), so they are not part of the flow's identity.
 */
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const CONTROL_WORD = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN + 1)) return walk.damaged('damaged.mpls-cut')
  const bottom = (walk.bytes[walk.at + 2]! & 1) === 1
  walk.at += HEADER_LEN
  if (!bottom) return LAYER.mpls
  const nibble = walk.bytes[walk.at]! >> 4
  if (nibble === 4 || nibble === 6) return LAYER.ip
  if (nibble !== 0 || walk.cut(CONTROL_WORD)) return walk.unsupported('unsupported.mpls-payload')
  walk.at += CONTROL_WORD
  return LAYER.ethernet
}

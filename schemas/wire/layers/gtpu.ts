/**
 * GTP-U version 1, 3GPP TS 29.281 §5.1. UDP port 2152; an IP packet follows.
 *
 *   0  u8 version 1 (3 bits), protocol type 1, reserved, 0x04 extension, 0x02 sequence, 0x01 N-PDU
 *   1  u8 message (255: G-PDU, user data)      2  u16 length behind byte 8      4  u32 TEID
 *   8  when any of the three flags is set: u16 sequence, u8 N-PDU, u8 next extension
 *  12  extensions (§5.2.1): u8 length in words, …, u8 next extension (0: none)
 *
 * Each direction of a tunnel has a TEID of its own: it is not part of the flow's identity. A payload that is no IP (Ethernet or
 * unstructured sessions of 5G) is `unsupported`: nothing in the packet says what it is.
 */
import { u32 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const OPTIONAL = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.gtpu-cut')
  const { bytes, at } = walk
  const flags = bytes[at]!
  if (flags >> 4 !== 3 || bytes[at + 1] !== 255) return walk.unsupported('unsupported.gtpu')
  walk.at = at + HEADER_LEN
  if ((flags & 0x07) === 0) return payload(walk)
  if (walk.cut(OPTIONAL)) return walk.damaged('damaged.gtpu-cut')
  walk.at += OPTIONAL
  if ((flags & 0x04) === 0) return payload(walk)
  return skipExtensions(walk) ? payload(walk) : walk.damaged('damaged.gtpu-extension')
}

/** The byte before `at` names the extension that stands there. Each is a word long at least, so this ends. */
function skipExtensions(walk: Walk): boolean {
  while (walk.bytes[walk.at - 1] !== 0) {
    if (walk.cut(OPTIONAL)) return false
    const size = walk.bytes[walk.at]! * 4
    if (size === 0 || walk.cut(size)) return false
    walk.at += size
  }
  return true
}

function payload(walk: Walk): Next {
  if (walk.cut(1)) return walk.damaged('damaged.gtpu-cut')
  const version = walk.bytes[walk.at]! >> 4
  return version === 4 || version === 6 ? LAYER.ip : walk.unsupported('unsupported.gtpu')
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['teid', u32(bytes, at + 4)]]
}

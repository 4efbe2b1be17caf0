/**
 * Linux netfilter log, LINKTYPE_NFLOG (239).
 *
 *   0  u8 address family (2, 10)      1  u8 version 0      2  u16 group
 *   4  attributes: u16 length (header included), u16 type, value, padding to 4. Type 9 is the packet.
 *
 * Attributes are in the byte order of the machine that captured: little-endian nearly always. A length that makes sense
 * in one order only tells which.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterFamily } from '#schemas/wire/layers/loopback.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const ATTRIBUTE_LEN = 4
const PACKET = 9
/** netfilter defines about 20. */
const MAX_ATTRIBUTES = 64

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.nflog-cut')
  const { bytes } = walk
  const family = bytes[walk.at]!
  if (bytes[walk.at + 1] !== 0) return walk.unsupported('unsupported.nflog')
  walk.at += HEADER_LEN
  for (let count = 0; count < MAX_ATTRIBUTES; count++) {
    if (walk.cut(ATTRIBUTE_LEN)) return walk.damaged('damaged.nflog-cut')
    const little = isLittle(bytes, walk.at)
    const length = numberAt(bytes, walk.at, little)
    if (length < ATTRIBUTE_LEN) return walk.damaged('damaged.nflog-attribute')
    if (numberAt(bytes, walk.at + 2, little) === PACKET) {
      if (length > walk.wireEnd - walk.at) return walk.damaged('damaged.nflog-attribute')
      walk.narrow(length)
      walk.at += ATTRIBUTE_LEN
      return afterFamily(walk, family)
    }
    if (walk.cut((length + 3) & ~3)) return walk.damaged('damaged.nflog-cut')
    walk.at += (length + 3) & ~3
  }
  return walk.damaged('damaged.nflog-attribute')
}

/** Types are below 256: in little-endian order their second byte is 0. */
function isLittle(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 3] === 0
}

function numberAt(bytes: Uint8Array, at: number, little: boolean): number {
  return little ? bytes[at]! | (bytes[at + 1]! << 8) : u16(bytes, at)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['family', bytes[at]!],
    ['group', u16(bytes, at + 2)],
  ]
}

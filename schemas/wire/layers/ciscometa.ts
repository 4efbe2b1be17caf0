/**
 * Cisco metadata (TrustSec), EtherType 0x8909: the security group of the sender before the rest of the frame.
 *
 *   0  u8 version 1      1  u8 length 1      2  u16 option: length (4 bits), type 1      4  u16 group      6  u16 EtherType
 *
 * Each sender has its own group: not part of the flow's identity. Other versions and lengths are `unsupported`.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterTypeOrLength } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ciscometa-cut')
  if (u16(walk.bytes, walk.at) !== 0x0101) return walk.unsupported('unsupported.ciscometa')
  const type = u16(walk.bytes, walk.at + 6)
  walk.at += HEADER_LEN
  return afterTypeOrLength(walk, type)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['group', u16(bytes, at + 4)]]
}

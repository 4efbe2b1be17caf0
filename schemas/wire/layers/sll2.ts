/**
 * Linux cooked capture v2, LINKTYPE_LINUX_SLL2 (276).
 *
 *   0  u16 protocol      2  u16 reserved      4  u32 interface index      8  u16 ARPHRD      10  u8 packet type
 *  11  u8 address length      12  address (8)
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { afterCooked } from '#schemas/wire/layers/sll.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 20

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.sll2-cut')
  const type = u16(walk.bytes, walk.at)
  const hardware = u16(walk.bytes, walk.at + 8)
  walk.at += HEADER_LEN
  return afterCooked(walk, hardware, type)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['interface', u32(bytes, at + 4)],
    ['packet type', bytes[at + 10]!],
  ]
}

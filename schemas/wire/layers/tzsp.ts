/**
 * TaZmen sniffer protocol: what MikroTik and others mirror with. UDP port 37008; a frame follows.
 *
 *   0  u8 version 1      1  u8 type 0 received, 1 to be sent      2  u16 of: 1 Ethernet, 18 802.11
 *   4  tags: u8 type (0 padding, 1 the end: both without more), u8 length, value
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const PADDING = 0
const END = 1

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.tzsp-cut')
  const { bytes, at } = walk
  const of = u16(bytes, at + 2)
  if (bytes[at] !== 1 || bytes[at + 1]! > 1 || (of !== 1 && of !== 18)) return walk.unsupported('unsupported.tzsp')
  walk.at = at + HEADER_LEN
  while (!walk.cut(1)) {
    const tag = bytes[walk.at]!
    walk.at++
    if (tag === END) return of === 1 ? LAYER.ethernet : LAYER.wifi
    if (tag === PADDING) continue
    if (walk.cut(1) || walk.cut(1 + bytes[walk.at]!)) break
    walk.at += 1 + bytes[walk.at]!
  }
  return walk.damaged('damaged.tzsp-cut')
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['of', u16(bytes, at + 2)]]
}

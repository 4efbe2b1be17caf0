/**
 * Geneve, RFC 8926 §3.4. UDP port 6081.
 *
 *   0  u8 version 0 (2 bits), options length in words (6)      2  u16 EtherType      4  u24 VNI      8  options
 */
import { u16, u24 } from '#schemas/wire/bytes.ts'
import { afterEthertype } from '#schemas/wire/ethertype.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.geneve-cut')
  const { bytes, at } = walk
  if (bytes[at]! >> 6 !== 0) return walk.unsupported('unsupported.geneve')
  const header = HEADER_LEN + (bytes[at]! & 0x3f) * 4
  if (walk.cut(header)) return walk.damaged('damaged.geneve-cut')
  const next = afterEthertype(walk, u16(bytes, at + 2))
  walk.at = at + header
  return next < 0 ? next : walk.enter('geneve', u24(bytes, at + 4), next)
}

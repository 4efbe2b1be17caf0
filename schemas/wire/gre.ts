/**
 * GRE, RFC 2784 §2.1 with the key and sequence of RFC 2890 §2.
 *
 *   0  u16 0x8000 checksum, 0x2000 key, 0x1000 sequence present; low 3 bits version 0      2  u16 EtherType
 *   then, each when present: u32 checksum and reserved, u32 key, u32 sequence
 *
 * Version 1 (PPTP) and source routing (0x4000, RFC 1701) are `unsupported`. Without a key the id is 0.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { afterEthertype } from '#schemas/wire/ethertype.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const CHECKSUM = 0x8000
const ROUTING_OR_VERSION = 0x4007
const KEY = 0x2000
const SEQUENCE = 0x1000

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.gre-cut')
  const { bytes, at } = walk
  const flags = u16(bytes, at)
  if ((flags & ROUTING_OR_VERSION) !== 0) return walk.unsupported('unsupported.gre')
  const keyAt = at + HEADER_LEN + (flags & CHECKSUM ? 4 : 0)
  const after = keyAt + (flags & KEY ? 4 : 0) + (flags & SEQUENCE ? 4 : 0)
  if (walk.cut(after - at)) return walk.damaged('damaged.gre-cut')
  const next = afterEthertype(walk, u16(bytes, at + 2))
  walk.at = after
  return next < 0 ? next : walk.enter('gre', flags & KEY ? u32(bytes, keyAt) : 0, next)
}

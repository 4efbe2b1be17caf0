/**
 * Log of the BSD packet filter, LINKTYPE_PFLOG (117).
 *
 *   0  u8 length of this header, before it is padded to a word      1  u8 address family      2  action, reason, interface, rule …
 */
import { afterFamily } from '#schemas/wire/layers/loopback.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.pflog-cut')
  const size = (walk.bytes[walk.at]! + 3) & ~3
  const family = walk.bytes[walk.at + 1]!
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.pflog-cut')
  walk.at += size
  return afterFamily(walk, family)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['family', bytes[at + 1]!]]
}

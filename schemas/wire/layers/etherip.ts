/**
 * Ethernet in IP, RFC 3378 §3. An Ethernet frame follows.
 *
 *   0  u16 version 3 (4 bits), reserved
 */
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 2

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.etherip-cut')
  if (walk.bytes[walk.at]! >> 4 !== 3) return walk.unsupported('unsupported.etherip')
  walk.at += HEADER_LEN
  return LAYER.ethernet
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['version', bytes[at]! >> 4]]
}

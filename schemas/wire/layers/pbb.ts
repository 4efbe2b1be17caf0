/**
 * Provider backbone bridging (MAC-in-MAC), IEEE 802.1Q §9.7 (802.1ah): the I-tag; the customer's Ethernet frame follows.
 *
 *   0  u8 priority (3 bits), drop eligible, no customer addresses, reserved      1  u24 I-SID
 *
 * The service is the same in both directions: part of the flow's identity.
 */
import { u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.pbb-cut')
  const service = u24(walk.bytes, walk.at + 1)
  walk.at += HEADER_LEN
  return walk.enter('pbb', service, LAYER.ethernet)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['isid', u24(bytes, at + 1)]]
}

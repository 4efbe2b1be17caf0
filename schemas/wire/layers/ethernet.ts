/**
 * Ethernet II, IEEE 802.3 §3.2.
 *
 *   0  destination (6)      6  source (6)      12  u16 type; below 0x0600 it is an 802.3 length and LLC follows
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterTypeOrLength } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 14

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ethernet-cut')
  const type = u16(walk.bytes, walk.at + 12)
  walk.at += HEADER_LEN
  return afterTypeOrLength(walk, type)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['source', mac(bytes, at + 6)],
    ['destination', mac(bytes, at)],
  ]
}

function mac(bytes: Uint8Array, at: number): string {
  return [...bytes.subarray(at, at + 6)].map(byte => byte.toString(16).padStart(2, '0')).join(':')
}

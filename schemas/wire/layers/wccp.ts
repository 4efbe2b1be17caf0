/**
 * WCCP redirection in GRE (draft-wilson-wrec-wccp-v2 §3.12): IPv4 follows, in version 2 behind a redirect header.
 *
 *   0  u8 flags      1  u8 service      2  u8 alternative bucket      3  u8 primary bucket
 *
 * Version 1 has no such header, and nothing says which it is: a first nibble of 4 is taken for IPv4, as Linux does.
 */
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.wccp-cut')
  if (walk.bytes[walk.at]! >> 4 !== 4) walk.at += HEADER_LEN
  return LAYER.ipv4
}

export function describe(bytes: Uint8Array, at: number): Values {
  return bytes[at]! >> 4 === 4 ? [] : [['service', bytes[at + 1]!]]
}

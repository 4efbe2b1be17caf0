/**
 * Geneve, RFC 8926 §3.4. UDP port 6081, and those of the configuration.
 *
 *   0  u8 version 0 (2 bits), options length in words (6)      1  u8 0x80: control packet      2  u16 EtherType
 *   4  u24 VNI      8  options
 *
 * Options are skipped, also critical ones: who mirrors is not who has to obey them. A load balancer's flow cookie is among them.
 */
import { u16, u24 } from '#schemas/wire/bytes.ts'
import { afterEthertype } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const CONTROL = 0x80

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.geneve-cut')
  const { bytes, at } = walk
  if (bytes[at]! >> 6 !== 0 || (bytes[at + 1]! & CONTROL) !== 0) return walk.unsupported('unsupported.geneve')
  const header = HEADER_LEN + (bytes[at]! & 0x3f) * 4
  if (walk.cut(header)) return walk.damaged('damaged.geneve-cut')
  walk.at = at + header
  return walk.enter('geneve', u24(bytes, at + 4), afterEthertype(walk, u16(bytes, at + 2)))
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['vni', u24(bytes, at + 4)],
    ['options', (bytes[at]! & 0x3f) * 4],
  ]
}

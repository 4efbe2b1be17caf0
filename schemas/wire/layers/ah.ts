/**
 * IP authentication header behind IPv4, RFC 4302 §2 (behind IPv6 it is an extension header: ipv6.ts). Not verified.
 *
 *   0  u8 next protocol      1  u8 length in words, less 2      4  u32 SPI      8  u32 sequence      12  check value
 */
import { u32 } from '#schemas/wire/bytes.ts'
import { afterIp } from '#schemas/wire/layers/ip.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 12

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ah-cut')
  const { bytes, at } = walk
  const size = (bytes[at + 1]! + 2) * 4
  if (size < HEADER_LEN || walk.cut(size)) return walk.damaged('damaged.ah-cut')
  walk.at = at + size
  return afterIp(walk, bytes[at]!)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['spi', u32(bytes, at + 4)]]
}

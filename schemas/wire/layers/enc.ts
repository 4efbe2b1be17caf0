/**
 * OpenBSD's IPsec interface, LINKTYPE_ENC (109): packets before they are encrypted or after they were decrypted.
 *
 *   0  u32 address family      4  u32 SPI      8  u32 flags
 */
import { u32 } from '#schemas/wire/bytes.ts'
import { afterFamily, familyAt } from '#schemas/wire/layers/loopback.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 12

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.enc-cut')
  const family = familyAt(walk.bytes, walk.at)
  walk.at += HEADER_LEN
  return afterFamily(walk, family)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['spi', u32(bytes, at + 4)]]
}

/**
 * MPLS label stack entry, RFC 3032 §2.1.
 *
 *   0  u32 label (20 bits), traffic class (3), bottom of stack (1), TTL (8)
 *
 * Nothing says what follows the bottom. It is IP when the first nibble is a version and the lengths fit; else it is the
 * Ethernet of a pseudowire, with or without a control word (first nibble 0, RFC 4385 §3) before it, whichever way a known
 * EtherType comes to stand where one belongs. Nibble 1 is a control channel (RFC 5586).
 *
 * Labels differ by direction, and one direction may have none (penultimate hop popping), so they are not part of the
 * flow's identity.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { layerOf } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 4
const CONTROL_WORD = 4
const ETHERNET_LEN = 14
const IPV4_LEN = 20
const IPV6_LEN = 40

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.mpls-cut')
  const bottom = (walk.bytes[walk.at + 2]! & 1) === 1
  walk.at += HEADER_LEN
  if (!bottom) return LAYER.mpls
  if (walk.cut(1)) return walk.damaged('damaged.mpls-cut')
  const nibble = walk.bytes[walk.at]! >> 4
  if (nibble === 1) return walk.unsupported('unsupported.mpls-channel')
  const pseudowire = nibble !== 0 ? isEthernet(walk, 0) : isEthernet(walk, CONTROL_WORD) || isEthernet(walk, 0)
  if ((nibble === 4 || nibble === 6) && (isIp(walk, nibble) || !pseudowire)) return LAYER.ip
  if (!pseudowire) return walk.unsupported('unsupported.mpls-payload')
  if (nibble === 0 && isEthernet(walk, CONTROL_WORD)) walk.at += CONTROL_WORD
  return LAYER.ethernet
}

/** An Ethernet header with a type that is read here, `skip` bytes further on. */
function isEthernet(walk: Walk, skip: number): boolean {
  if (walk.cut(skip + ETHERNET_LEN)) return false
  return layerOf(u16(walk.bytes, walk.at + skip + 12)) >= 0
}

/** A header whose lengths fit in what is there; 0, as offload writes it, says nothing. */
function isIp(walk: Walk, version: number): boolean {
  const { bytes, at } = walk
  const onWire = walk.wireEnd - at
  if (version === 6) return !walk.cut(IPV6_LEN) && u16(bytes, at + 4) > 0 && u16(bytes, at + 4) + IPV6_LEN <= onWire
  if (walk.cut(IPV4_LEN)) return false
  const header = (bytes[at]! & 0x0f) * 4
  const total = u16(bytes, at + 2)
  return header >= IPV4_LEN && total >= header && total <= onWire
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['label', u32(bytes, at) >>> 12]]
}

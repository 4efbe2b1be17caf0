/**
 * LLC (IEEE 802.2) and SNAP (RFC 1042): in 802.3 frames, 802.11, FDDI and ATM.
 *
 *   0  u8 DSAP      1  u8 SSAP      2  u8 control 3 (unnumbered information)
 *
 *   0xaa 0xaa   SNAP:  3  organization (3)      6  u16 type. Organization 0 (RFC 1042) and 0x0000f8 (802.1H): an EtherType;
 *               0x0080c2 (RFC 2684 §5.2) with type 1 or 7: two bytes of padding, then an Ethernet frame
 *   0x06 0x06   IPv4 (RFC 948)
 *
 * Everything else in LLC (spanning tree, IS-IS, NetBEUI) carries no IP.
 */
import { u16, u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { afterEthertype } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 3
const SNAP_LEN = 8
const BRIDGED_PAD = 2

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.llc-cut')
  const { bytes, at } = walk
  const service = u24(bytes, at)
  walk.at = at + HEADER_LEN
  if (service === 0x060603) return LAYER.ipv4
  if (service !== 0xaaaa03) return walk.unsupported('unsupported.llc')
  walk.at = at
  if (walk.cut(SNAP_LEN)) return walk.damaged('damaged.llc-cut')
  const type = u16(bytes, at + 6)
  walk.at = at + SNAP_LEN
  switch (u24(bytes, at + 3)) {
    case 0:
    case 0x0000f8:
      return afterEthertype(walk, type)
    case 0x0080c2:
      return bridged(walk, type)
    default:
      return walk.unsupported('unsupported.llc')
  }
}

function bridged(walk: Walk, type: number): Next {
  if (type !== 1 && type !== 7) return walk.unsupported('unsupported.llc')
  if (walk.cut(BRIDGED_PAD)) return walk.damaged('damaged.llc-cut')
  walk.at += BRIDGED_PAD
  return LAYER.ethernet
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['service', `0x${u24(bytes, at).toString(16).padStart(6, '0')}`]]
}

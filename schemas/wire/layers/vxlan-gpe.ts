/**
 * VXLAN with a protocol field (draft-ietf-nvo3-vxlan-gpe §3). UDP port 4790, and those of the configuration.
 *
 *   0  u8 flags: 0x08 the VNI is valid, 0x04 the protocol is, 0x01 operations      3  u8 protocol, as in NSH      4  u24 VNI
 *
 * Without a protocol an Ethernet frame follows, as in VXLAN. It is the same network: its name in the flow is that of VXLAN.
 */
import { u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { afterNsh } from '#schemas/wire/layers/nsh.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 8
const VALID = 0x08
const PROTOCOL = 0x04
const OPERATIONS = 0x01

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.vxlan-cut')
  const { bytes, at } = walk
  const flags = bytes[at]!
  if ((flags & VALID) === 0 || (flags & OPERATIONS) !== 0) return walk.unsupported('unsupported.vxlan')
  walk.at = at + HEADER_LEN
  const next = (flags & PROTOCOL) === 0 ? LAYER.ethernet : afterNsh(walk, bytes[at + 3]!)
  return walk.enter('vxlan', u24(bytes, at + 4), next)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['vni', u24(bytes, at + 4)],
    ['protocol', bytes[at + 3]!],
  ]
}

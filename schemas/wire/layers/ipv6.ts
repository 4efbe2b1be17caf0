/**
 * IPv6, RFC 8200 §3, and its extension headers, §4.
 *
 *   0  u32 version 6, traffic class, flow label      4  u16 payload length      6  u8 next header      7  u8 hop limit
 *   8  source (16)      24  destination (16)
 *
 * Extension headers: u8 next header, u8 length, …
 *   0 hop by hop, 43 routing, 60 destination, 135 mobility, 139 HIP, 140 shim6: (length + 1) * 8 bytes
 *   51 authentication (RFC 4302 §2.2): (length + 2) * 4 bytes
 *   44 fragment: 8 bytes, u16 at 2: offset in 8 bytes (13 bits), reserved, more; u32 identification at 4. Offset 0 and no
 *      more: an atomic fragment (RFC 6946), a whole packet.
 *
 * - Payload length 0 (jumbograms, offload beyond 64 KiB): the frame's length counts. As for IPv4, a payload length beyond
 *   what was on the wire is `damaged`.
 * - A routing header with segments left changes the destination: the TCP checksum cannot be verified then.
 */

import { formatIp } from '#schemas/records/flow.ts'
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { WHOLE } from '#schemas/wire/fragments.ts'
import { afterIp, MAX_OFFLOADED } from '#schemas/wire/layers/ip.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 40
/** More extension headers than any real packet has; RFC 8200 §4.1 lists seven. */
const MAX_EXTENSIONS = 16
const EXTENSION_LEN = 8
const ROUTING = 43
const FRAGMENT = 44
const AUTHENTICATION = 51
const NOTHING = 59
const WHOLE_PACKET = 0xfff9

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ipv6-cut')
  const { bytes, at } = walk
  const onWire = walk.wireEnd - at
  const length = u16(bytes, at + 4)
  const total = length === 0 ? onWire : HEADER_LEN + length
  if (bytes[at]! >> 4 !== 6) return walk.damaged('damaged.ip-version')
  if (total > onWire || total > MAX_OFFLOADED) return walk.damaged('damaged.ipv6-length')
  walk.narrow(total)
  walk.at = at + HEADER_LEN
  walk.checksTcp = walk.verifiesChecksums
  walk.family = 6
  walk.source = at + 8
  walk.target = at + 24
  return afterExtensions(walk, bytes[at + 6]!)
}

function afterExtensions(walk: Walk, next: number): Next {
  for (let count = 0; count < MAX_EXTENSIONS; count++) {
    if (!isExtension(next)) return next === NOTHING ? walk.unsupported('unsupported.ip-protocol') : afterIp(walk, next)
    if (walk.cut(EXTENSION_LEN)) return walk.damaged('damaged.ipv6-cut')
    const { bytes, at } = walk
    const size = extensionSize(next, bytes[at + 1]!)
    if (walk.cut(size)) return walk.damaged('damaged.ipv6-cut')
    walk.at = at + size
    if (next === ROUTING && bytes[at + 3] !== 0) walk.checksTcp = false
    const isPart = next === FRAGMENT && (u16(bytes, at + 2) & WHOLE_PACKET) !== 0
    next = bytes[at]!
    if (!isPart) continue
    const outcome = fragment(walk, at)
    if (outcome !== WHOLE) return outcome
    next = walk.bytes[walk.source - 2]!
  }
  return walk.damaged('damaged.ipv6-extensions')
}

/** The fragment header stands at `at`, its payload at `walk.at`. */
function fragment(walk: Walk, at: number): Next {
  if (walk.fragments === null) return walk.unsupported('unsupported.fragment')
  const { bytes } = walk
  const field = u16(bytes, at + 2)
  return walk.fragments.put(walk, {
    header: walk.source - 8,
    protocol: bytes[at]!,
    id: u32(bytes, at + 4),
    offset: field & 0xfff8,
    more: (field & 1) !== 0,
  })
}

function isExtension(next: number): boolean {
  switch (next) {
    case 0:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case 60:
    case 135:
    case 139:
    case 140:
      return true
    default:
      return false
  }
}

function extensionSize(type: number, length: number): number {
  if (type === FRAGMENT) return EXTENSION_LEN
  return type === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['source', formatIp(bytes, at + 8, 16)],
    ['destination', formatIp(bytes, at + 24, 16)],
    ['next', bytes[at + 6]!],
    ['hop limit', bytes[at + 7]!],
    ['length', u16(bytes, at + 4)],
  ]
}

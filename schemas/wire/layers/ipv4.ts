/**
 * IPv4, RFC 791 §3.1.
 *
 *   0  u8 version 4, header length in words (5 to 15)      2  u16 total length, header included      4  u16 identification
 *   6  u16 flags (0x2000: more fragments) and fragment offset in 8 bytes (13 bits)      9  u8 protocol      10  u16 checksum
 *  12  source (4)      16  destination (4)      20  options
 *
 * - Bytes behind the total length are padding of the link (a frame has 60 at least) and dropped.
 * - Total length 0: the card cuts the segment later (offload), the frame's length counts.
 * - A total length beyond what was on the wire contradicts itself: no host would take the packet, `damaged`.
 * - Options are skipped. A source route (131, 137) changes the destination: the TCP checksum cannot be verified then.
 */

import { formatIp } from '#schemas/records/flow.ts'
import { u16 } from '#schemas/wire/bytes.ts'
import { addWords, isIntact } from '#schemas/wire/checksum.ts'
import { WHOLE } from '#schemas/wire/fragments.ts'
import { afterIp, MAX_OFFLOADED } from '#schemas/wire/layers/ip.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 20
const FRAGMENT = 0x3fff
const MORE = 0x2000
const OFFSET = 0x1fff

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.ipv4-cut')
  const { bytes, at } = walk
  const header = (bytes[at]! & 0x0f) * 4
  const onWire = walk.wireEnd - at
  const total = u16(bytes, at + 2) || onWire
  if (bytes[at]! >> 4 !== 4) return walk.damaged('damaged.ip-version')
  if (header < HEADER_LEN || total < header) return walk.damaged('damaged.ipv4-header')
  if (total > onWire || total > MAX_OFFLOADED) return walk.damaged('damaged.ipv4-length')
  if (walk.cut(header)) return walk.damaged('damaged.ipv4-cut')
  walk.checksTcp = walk.verifiesChecksums
  if (walk.verifiesChecksums && !verify(walk, header)) return walk.damaged('damaged.ipv4-checksum')
  walk.narrow(total)
  walk.at = at + header
  walk.family = 4
  walk.source = at + 12
  walk.target = at + 16
  if ((u16(bytes, at + 6) & FRAGMENT) !== 0) return fragment(walk, at)
  return afterIp(walk, bytes[at + 9]!)
}

function fragment(walk: Walk, at: number): Next {
  if (walk.fragments === null) return walk.unsupported('unsupported.fragment')
  const { bytes } = walk
  const field = u16(bytes, at + 6)
  const protocol = bytes[at + 9]!
  const outcome = walk.fragments.put(walk, {
    header: at,
    protocol,
    id: u16(bytes, at + 4),
    offset: (field & OFFSET) * 8,
    more: (field & MORE) !== 0,
  })
  return outcome === WHOLE ? afterIp(walk, protocol) : outcome
}

function verify(walk: Walk, header: number): boolean {
  const { bytes, at } = walk
  if (!isIntact(addWords(0, bytes, at, at + header))) return false
  for (let option = at + HEADER_LEN; option < at + header; ) {
    const type = bytes[option]!
    if (type === 0) break
    if (type === 131 || type === 137) walk.checksTcp = false
    // One option has no length; a length of 0 or 1 would lead nowhere.
    option += type === 1 ? 1 : Math.max(2, bytes[option + 1]!)
  }
  return true
}

export function describe(bytes: Uint8Array, at: number): Values {
  const field = u16(bytes, at + 6)
  const whole: Values = [
    ['source', formatIp(bytes, at + 12, 4)],
    ['destination', formatIp(bytes, at + 16, 4)],
    ['protocol', bytes[at + 9]!],
    ['ttl', bytes[at + 8]!],
    ['length', u16(bytes, at + 2)],
  ]
  if ((field & FRAGMENT) === 0) return whole
  return [...whole, ['id', u16(bytes, at + 4)], ['offset', (field & OFFSET) * 8], ['more', field & MORE ? 'yes' : 'no']]
}

/**
 * IEEE 802.11 data frames, §9.3.2: LINKTYPE_IEEE802_11 (105) and behind the notes of a radio. LLC follows.
 *
 *   0  u8 version 0 (2 bits), type 2: data (2 bits), subtype: 0x80 QoS, 0x40 no data
 *   1  u8 0x01 to and 0x02 from the distribution system, 0x04 more fragments, 0x40 protected, 0x80 +HTC
 *   2  u16 duration      4  three addresses (18)      22  u16le fragment (4 bits), sequence (12 bits)
 *  24  a fourth address (6) when both to and from      then QoS: u16, 0x80 in its first byte: A-MSDU; then +HTC: u32
 *
 * An A-MSDU holds frames of its own, each with two addresses, a u16 length and LLC; one with a single frame is read. What is
 * encrypted or fragmented by the radio is `unsupported`, as are management and control frames.
 */
import { u16, u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 24
const ADDRESS_LEN = 6
const QOS_LEN = 2
const HTC_LEN = 4
const SUBFRAME_LEN = 14
const FCS_LEN = 4
const SNAP = 0xaaaa03

export function parse(walk: Walk): Next {
  if (walk.cut(2)) return walk.damaged('damaged.wifi-cut')
  const { bytes, at } = walk
  const kind = bytes[at]!
  const flags = bytes[at + 1]!
  if ((kind & 0x0f) !== 0x08 || (kind & 0x40) !== 0) return walk.unsupported('unsupported.wifi')
  if ((flags & 0x40) !== 0) return walk.unsupported('unsupported.wifi-encrypted')
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.wifi-cut')
  if ((flags & 0x04) !== 0 || (bytes[at + 22]! & 0x0f) !== 0) return walk.unsupported('unsupported.wifi-fragment')
  const qos = (kind & 0x80) !== 0
  const qosAt = HEADER_LEN + ((flags & 0x03) === 0x03 ? ADDRESS_LEN : 0)
  const size = qosAt + (qos ? QOS_LEN + ((flags & 0x80) !== 0 ? HTC_LEN : 0) : 0)
  if (walk.cut(size)) return walk.damaged('damaged.wifi-cut')
  walk.at = at + size
  if (qos && (bytes[at + qosAt]! & 0x80) !== 0) return aggregate(walk)
  if (isPadded(walk)) walk.at += 2
  return LAYER.llc
}

/** Some cards pad the header to a word; nothing in the frame says so but where LLC begins. */
function isPadded(walk: Walk): boolean {
  const { bytes, at } = walk
  return !walk.cut(5) && u24(bytes, at) !== SNAP && u24(bytes, at + 2) === SNAP
}

function aggregate(walk: Walk): Next {
  if (walk.cut(SUBFRAME_LEN)) return walk.damaged('damaged.wifi-cut')
  const length = u16(walk.bytes, walk.at + 12)
  walk.at += SUBFRAME_LEN
  const left = walk.wireEnd - walk.at
  if (length > left) return walk.damaged('damaged.wifi-length')
  if (left - length > FCS_LEN + 3) return walk.unsupported('unsupported.wifi-aggregate')
  walk.narrow(length)
  return LAYER.llc
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [
    ['subtype', bytes[at]! >> 4],
    ['sequence', (bytes[at + 22]! | (bytes[at + 23]! << 8)) >> 4],
  ]
}

/**
 * TCP, RFC 9293 §3.1.
 *
 *   0  u16 source port      2  u16 destination port      4  u32 sequence      8  u32 acknowledgement
 *  12  u8 data offset in words (high 4 bits, 5 to 15)      13  u8 flags      14  u16 window
 *  16  u16 checksum      18  u16 urgent pointer      20  options
 *
 * The checksum is verified when the configuration asks for it and the whole packet was captured.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { addWords, isIntact } from '#schemas/wire/checksum.ts'
import type { Values } from '#schemas/wire/trace.ts'
import { type Next, SEGMENT, type Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 20
const PROTOCOL = 6

/** Leaves the payload in `bytes[at, end)`, `wireEnd - at` bytes of which were on the wire. */
export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.tcp-cut')
  const { bytes, at } = walk
  const header = (bytes[at + 12]! >> 4) * 4
  if (header < HEADER_LEN || header > walk.wireEnd - at) return walk.damaged('damaged.tcp-header')
  if (walk.cut(header)) return walk.damaged('damaged.tcp-cut')
  if (walk.checksTcp && !verify(walk)) return walk.damaged('damaged.tcp-checksum')
  walk.sourcePort = u16(bytes, at)
  walk.targetPort = u16(bytes, at + 2)
  walk.seq = u32(bytes, at + 4)
  walk.ack = u32(bytes, at + 8)
  walk.flags = bytes[at + 13]!
  walk.window = u16(bytes, at + 14)
  walk.at = at + header
  return SEGMENT
}

/** RFC 9293 §3.1, RFC 8200 §8.1: with the addresses, the protocol and the length. True for what cannot be told. */
function verify(walk: Walk): boolean {
  if (walk.end !== walk.wireEnd) return true
  const { bytes, at, end, source, target } = walk
  const size = walk.family === 4 ? 4 : 16
  const addresses = addWords(addWords(0, bytes, source, source + size), bytes, target, target + size)
  return isIntact(addWords(addresses + PROTOCOL + (end - at), bytes, at, end))
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR']

export function describe(bytes: Uint8Array, at: number): Values {
  const flags = FLAGS.filter((_, bit) => (bytes[at + 13]! >> bit) & 1)
  return [
    ['source port', u16(bytes, at)],
    ['destination port', u16(bytes, at + 2)],
    ['seq', u32(bytes, at + 4)],
    ['ack', u32(bytes, at + 8)],
    ['flags', flags.join(' ')],
    ['window', u16(bytes, at + 14)],
  ]
}

/**
 * L2TP version 2, RFC 2661 §3.1. UDP port 1701; PPP follows.
 *
 *   0  u16 0x8000 control, 0x4000 length, 0x0800 sequence, 0x0200 offset present; low 4 bits version 2
 *   then: u16 length when present, u16 tunnel, u16 session; u16 Ns and u16 Nr when present; u16 offset and as many bytes
 *
 * Each side numbers tunnel and session for itself: not part of the flow's identity.
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 6
const CONTROL = 0x8000
const LENGTH = 0x4000
const SEQUENCE = 0x0800
const OFFSET = 0x0200
const VERSION = 0x000f

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.l2tp-cut')
  const { bytes, at } = walk
  const flags = u16(bytes, at)
  if ((flags & CONTROL) !== 0 || (flags & VERSION) !== 2) return walk.unsupported('unsupported.l2tp')
  const offsetAt = HEADER_LEN + (flags & LENGTH ? 2 : 0) + (flags & SEQUENCE ? 4 : 0)
  if (walk.cut(offsetAt + (flags & OFFSET ? 2 : 0))) return walk.damaged('damaged.l2tp-cut')
  const size = flags & OFFSET ? offsetAt + 2 + u16(bytes, at + offsetAt) : offsetAt
  if (walk.cut(size)) return walk.damaged('damaged.l2tp-cut')
  if (flags & LENGTH) {
    const length = u16(bytes, at + 2)
    if (length < size || length > walk.wireEnd - at) return walk.damaged('damaged.l2tp-length')
    walk.narrow(length)
  }
  walk.at = at + size
  return LAYER.ppp
}

export function describe(bytes: Uint8Array, at: number): Values {
  const tunnel = at + (u16(bytes, at) & LENGTH ? 4 : 2)
  return [
    ['tunnel', u16(bytes, tunnel)],
    ['session', u16(bytes, tunnel + 2)],
  ]
}

/**
 * Fuzz target: one frame of any link type (the first byte picks it). Whatever the bytes, the walk ends, stays inside the
 * frame, and says why there is no segment.
 */
import assert from 'node:assert/strict'
import { dissect } from '#schemas/wire/dissect.ts'
import { DAMAGED, SEGMENT, UNSUPPORTED, Walk } from '#schemas/wire/walk.ts'
import { ethernet, ipv4, ipv6, join, tcp, tcpFrame, text, u16, udp, vlan, vxlan } from '#test/driver/frames.ts'

const LINKTYPES = [1, 0, 12, 101, 108, 113, 228, 229, 276, 147]
const walk = new Walk()

export default function dissectTarget(data: Uint8Array): void {
  const linktype = LINKTYPES[(data[0] ?? 0) % LINKTYPES.length]!
  const wireLength = data.length - 1 + (data[1] ?? 0)
  const outcome = dissect(walk, linktype, data, Math.min(1, data.length), data.length, wireLength)
  assert.ok(walk.at >= 0 && walk.at <= walk.end && walk.end <= data.length, `at ${walk.at}, end ${walk.end}`)
  assert.ok(walk.end <= walk.wireEnd, `end ${walk.end}, on the wire ${walk.wireEnd}`)
  assert.ok([SEGMENT, UNSUPPORTED, DAMAGED].includes(outcome), `outcome ${outcome}`)
  if (outcome === SEGMENT) return
  assert.match(walk.why, outcome === DAMAGED ? /^damaged\.[a-z0-9-]+$/ : /^unsupported\.[a-z0-9-]+$/)
}

/** A packet below every layer that a walk can pass. */
export function seeds(): readonly Uint8Array[] {
  const segment = tcp({}, text('GET / HTTP/1.1\r\n\r\n'))
  const inner = tcpFrame({}, text('GET / HTTP/1.1\r\n\r\n'))
  const packet = ipv4({}, segment)
  const cooked = join(u16(0), u16(1), u16(6), new Uint8Array(8), u16(0x0800))
  const cooked2 = join(u16(0x0800), u16(0), [0, 0, 0, 1], u16(1), [0, 6], new Uint8Array(8))
  const below = (linktype: number, frame: Uint8Array): Uint8Array => join([LINKTYPES.indexOf(linktype)], frame)
  return [
    below(1, inner),
    below(1, ethernet(0x8100, vlan(42, 0x0800, packet))),
    below(1, ethernet(0x86dd, ipv6({}, segment))),
    below(1, ethernet(0x0800, ipv4({ protocol: 17 }, udp(40_000, 4789, vxlan(7, inner))))),
    below(1, ethernet(0x0800, ipv4({ protocol: 47 }, join(u16(0), u16(0x0800), packet)))),
    below(1, ethernet(0x8847, join([0, 1, 0x01, 64], packet))),
    below(1, ethernet(0x8864, join([0x11, 0], u16(7), u16(packet.length + 2), u16(0x21), packet))),
    below(101, packet),
    below(113, join(cooked, packet)),
    below(276, join(cooked2, packet)),
    below(0, join([2, 0, 0, 0], packet)),
  ]
}

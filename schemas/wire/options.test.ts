/** What the configuration changes about a walk: checksums, depth, ports. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WIRE_DEFAULTS, type WireOptions } from '#schemas/config/wire.ts'
import { dissect } from '#schemas/wire/dissect.ts'
import { SEGMENT, Walk } from '#schemas/wire/walk.ts'
import { ethernet, hex, ipv4, ipv6, join, tcp, text, udp, vxlan } from '#test/driver/frames.ts'
import { Clock, recordOf, Talk } from '#test/driver/packets.ts'

function outcome(frame: Uint8Array, options: Partial<WireOptions>, wireLength = frame.length): string {
  const walk = new Walk({ ...WIRE_DEFAULTS, ...options })
  return dissect(walk, 1, frame, 0, frame.length, wireLength) === SEGMENT ? 'segment' : walk.why
}

const VERIFY = { checksums: 'verify' } as const
/** Frames with right checksums, of an odd and of an even number of bytes. */
const [FOUR, SIX] = ['10.0.0.', '2001:db8::'].map(prefix => {
  const ends = { client: { ip: `${prefix}1`, port: 40_000 }, server: { ip: `${prefix}2`, port: 80 } }
  const talk = new Talk(new Clock(), ends)
  return [...talk.client('odd'), ...talk.client('even')].map(packet => recordOf(packet).bytes)
}) as [Uint8Array[], Uint8Array[]]

/** The frame with one bit changed. */
function flipped(frame: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(frame)
  changed[at]! ^= 0x10
  return changed
}

describe('checksums', () => {
  for (const frame of [...FOUR, ...SIX]) {
    const family = frame[14]! >> 4
    test(`of IPv${family}, ${frame.length} bytes: right ones pass, every changed bit of the packet is noticed`, () => {
      assert.equal(outcome(frame, VERIFY), 'segment')
      const tcpAt = family === 4 ? 34 : 54
      // The length and what else decides where TCP is would end the walk for other reasons.
      for (let at = tcpAt; at < frame.length; at++) {
        if (at === tcpAt + 12) continue
        assert.equal(outcome(flipped(frame, at), VERIFY), 'damaged.tcp-checksum', `byte ${at}`)
        assert.equal(outcome(flipped(frame, at), {}), 'segment', `byte ${at}`)
      }
    })
  }

  test('of the IPv4 header', () => {
    for (const at of [15, 18, 22, 24, 27, 33]) {
      assert.equal(outcome(flipped(FOUR[0]!, at), VERIFY), 'damaged.ipv4-checksum', `byte ${at}`)
    }
  })

  test('of an outer header: the tunnel ends there, as at the host that would open it', () => {
    const tunnel = ipv4({ protocol: 17 }, udp(1, 4789, vxlan(5, FOUR[0]!)))
    assert.equal(outcome(ethernet(0x0800, tunnel), VERIFY), 'damaged.ipv4-checksum')
    const six = ipv6({ next: 17 }, udp(1, 4789, vxlan(5, FOUR[0]!)))
    assert.equal(outcome(ethernet(0x86dd, six), VERIFY), 'segment')
  })

  test('what the capture cut cannot be verified and passes', () => {
    const frame = flipped(FOUR[0]!, 55)
    assert.equal(outcome(frame.subarray(0, -1), VERIFY, frame.length), 'segment')
  })

  test('a source route or a routing header changes the destination: TCP is not verified', () => {
    const routing = ipv6({ next: 43 }, join(hex('0602 0001 00000000'), new Uint8Array(16), tcp({}, text('x'))))
    assert.equal(outcome(ethernet(0x86dd, routing), VERIFY), 'segment')
    const arrived = ipv6({ next: 43 }, join(hex('0602 0000 00000000'), new Uint8Array(16), tcp({}, text('x'))))
    assert.equal(outcome(ethernet(0x86dd, arrived), VERIFY), 'damaged.tcp-checksum')
    const options = { none: '01010100', loose: '01 83 03 04', strict: '89 03 04 00' }
    const found = Object.entries(options).map(([name, bytes]) => {
      const packet = ipv4({ ipOptions: hex(bytes) }, tcp({}, text('x')))
      return `${name} ${outcome(ethernet(0x0800, withChecksum(packet)), VERIFY)}`
    })
    assert.deepEqual(found, ['none damaged.tcp-checksum', 'loose segment', 'strict segment'])
  })
})

describe('tunnels', () => {
  const tunnels = (changes: Partial<WireOptions['tunnels']>) => ({ tunnels: { ...WIRE_DEFAULTS.tunnels, ...changes } })
  const inUdp = (port: number, payload: Uint8Array) => ethernet(0x0800, ipv4({ protocol: 17 }, udp(1, port, payload)))
  const frame = FOUR[0]!

  test('depth counts every layer', () => {
    const nested = inUdp(4789, vxlan(5, frame))
    assert.equal(outcome(nested, tunnels({ depth: 7 })), 'segment')
    assert.equal(outcome(nested, tunnels({ depth: 6 })), 'unsupported.nesting')
  })

  test('ports are those of the configuration', () => {
    const changed = tunnels({ vxlanPorts: [4444], genevePorts: [7000], vxlanGpePorts: [7001] })
    assert.equal(outcome(inUdp(4444, vxlan(5, frame)), changed), 'segment')
    assert.equal(outcome(inUdp(4789, vxlan(5, frame)), changed), 'unsupported.udp')
    assert.equal(outcome(inUdp(7000, join(hex('0000 6558 00000700'), frame)), changed), 'segment')
    assert.equal(outcome(inUdp(7001, join(hex('0c000003 00000500'), frame)), changed), 'segment')
    assert.equal(outcome(inUdp(4789, vxlan(5, frame)), {}), 'segment')
  })
})

/** The same packet with the checksum of its IPv4 header. */
function withChecksum(packet: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(packet)
  let sum = 0
  for (let at = 0; at < (bytes[0]! & 15) * 4; at += 2) sum += bytes[at]! * 256 + bytes[at + 1]!
  sum = (sum % 65_536) + Math.floor(sum / 65_536)
  const checksum = 65_535 - ((sum % 65_536) + Math.floor(sum / 65_536))
  bytes.set([checksum >> 8, checksum & 255], 10)
  return bytes
}

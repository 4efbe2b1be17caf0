import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dissect } from '#schemas/wire/dissect.ts'
import { DAMAGED, SEGMENT, UNSUPPORTED, Walk } from '#schemas/wire/walk.ts'
import { ethernet, hex, ipv4, ipv6, join, tcp, text, u16, u32, udp, vlan, vxlan } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'

const PAYLOAD = text('GET / HTTP/1.1\r\n\r\n')
const TCP = tcp({}, PAYLOAD)
const V4 = ipv4({}, TCP)
const V6 = ipv6({}, TCP)
/** No length of its own: what stands around it says where it ends. */
const OPEN = ipv4({ totalLength: 0 }, TCP)
const FRAME = ethernet(0x0800, V4)
const inUdp = (port: number, payload: Uint8Array) =>
  ethernet(0x0800, ipv4({ protocol: 17 }, udp(55_555, port, payload)))
const inIp = (protocol: number, payload: Uint8Array) => ethernet(0x0800, ipv4({ protocol }, payload))
const extended = (next: number, ...headers: Uint8Array[]) => ipv6({ next }, join(...headers, TCP))
const snap = join(hex('aaaa03 000000 0800'), V4)
const pppoe = (session: number, payload: Uint8Array) => join([0x11, 0], u16(session), u16(payload.length), payload)

/** Name, link type, frame, and the layers of the identity that the walk should find before PAYLOAD. */
const READ: readonly (readonly [string, number, Uint8Array, string])[] = [
  ['ethernet, ipv4', 1, FRAME, ''],
  ['ethernet, ipv6', 1, ethernet(0x86dd, V6), ''],
  ['ethernet with padding', 1, join(FRAME, new Uint8Array(9)), ''],
  ['802.3 with snap', 1, ethernet(snap.length, snap), ''],
  ['vlan', 1, ethernet(0x8100, vlan(42, 0x0800, V4)), '000000002a'],
  ['vlan with priority bits', 1, ethernet(0x8100, vlan(0xe02a, 0x0800, V4)), '000000002a'],
  ['priority tag', 1, ethernet(0x8100, vlan(0, 0x0800, V4)), ''],
  ['802.1ad with 802.1q', 1, ethernet(0x88a8, vlan(7, 0x8100, vlan(42, 0x86dd, V6))), '0000000007 000000002a'],
  ['mpls', 1, ethernet(0x8847, join(hex('00010040 00020140'), V4)), ''],
  ['mpls with ethernet', 1, ethernet(0x8847, join(hex('00020140 00000000'), FRAME)), ''],
  ['pppoe', 1, ethernet(0x8864, pppoe(45, join(hex('0021'), V4))), '060000002d'],
  ['pppoe, protocol compressed', 1, ethernet(0x8864, pppoe(45, join(hex('57'), V6))), '060000002d'],
  ['null, little-endian', 0, join(hex('02000000'), V4), ''],
  ['null, big-endian', 0, join(hex('0000001e'), V6), ''],
  ['loop', 108, join(hex('00000018'), V6), ''],
  ['raw ipv4', 101, V4, ''],
  ['raw ipv6', 12, V6, ''],
  ['raw, as openbsd numbers it', 14, V4, ''],
  ['ipv4 link', 228, V4, ''],
  ['ipv6 link', 229, V6, ''],
  ['linux cooked', 113, join(hex('0004 0001 0006 020000000001 0000 0800'), V4), ''],
  [
    'linux cooked with vlan',
    113,
    join(hex('0004 0001 0006 020000000001 0000 8100'), vlan(3, 0x0800, V4)),
    '0000000003',
  ],
  ['linux cooked v2', 276, join(hex('86dd 0000 00000003 0001 04 06 020000000001 0000'), V6), ''],
  ['ipv4 options', 101, ipv4({ ipOptions: hex('94040000') }, TCP), ''],
  ['ipv4 total length 0 (offload)', 101, ipv4({ totalLength: 0 }, TCP), ''],
  ['ipv6 payload length 0 (offload)', 101, ipv6({ payloadLength: 0 }, TCP), ''],
  ['ipv6 hop by hop and destination', 101, extended(0, hex('3c00 010400000000'), hex('0600 010400000000')), ''],
  ['ipv6 routing of 24 bytes', 101, extended(43, hex('0602 0000 00000000'), new Uint8Array(16)), ''],
  ['ipv6 authentication', 101, extended(51, hex('0602 0000 00000001 00000001 00000000')), ''],
  ['ipv6 atomic fragment', 101, extended(44, hex('0600 0000 00000009')), ''],
  ['ipv6 with padding', 1, ethernet(0x86dd, join(V6, new Uint8Array(5))), ''],
  [
    '802.3 length before padding',
    1,
    ethernet(8 + OPEN.length, join(hex('aaaa03 000000 0800'), OPEN, new Uint8Array(5))),
    '',
  ],
  [
    'pppoe length before padding',
    1,
    ethernet(0x8864, join(pppoe(45, join(hex('21'), OPEN)), new Uint8Array(5))),
    '060000002d',
  ],
  [
    'udp length before padding',
    1,
    ethernet(
      0x0800,
      ipv4({ protocol: 17 }, join(udp(55_555, 4789, vxlan(5, ethernet(0x0800, OPEN))), new Uint8Array(5))),
    ),
    '0100000005',
  ],
  [
    'gtp-u from its port',
    1,
    ethernet(0x0800, ipv4({ protocol: 17 }, udp(2152, 999, join(hex('30ff 0000 00000000'), V4)))),
    '',
  ],
  ['ipv6 atomic fragment with reserved bits', 101, extended(44, hex('0600 0006 00000009')), ''],
  ['tcp options', 101, ipv4({}, tcp({ options: hex('0101080a0000000100000002') }, PAYLOAD)), ''],
  ['ip in ip', 1, inIp(4, V4), ''],
  ['ipv6 in ipv4', 1, inIp(41, V6), ''],
  ['gre', 1, inIp(47, join(hex('0000 0800'), V4)), '0300000000'],
  [
    'gre with checksum, key and sequence',
    1,
    inIp(47, join(hex('b000 86dd 00000000 00000009 00000001'), V6)),
    '0300000009',
  ],
  ['gre with ethernet', 1, inIp(47, join(hex('0000 6558'), FRAME)), '0300000000'],
  ['vxlan', 1, inUdp(4789, vxlan(5, FRAME)), '0100000005'],
  [
    'vlan in vxlan in vlan',
    1,
    ethernet(0x8100, vlan(1, 0x0800, inUdp(4789, vxlan(5, ethernet(0x8100, vlan(2, 0x0800, V4)))).subarray(14))),
    '0000000001 0100000005 0000000002',
  ],
  ['geneve with options', 1, inUdp(6081, join(hex('0100 6558 00000700 00000000'), FRAME)), '0200000007'],
  ['gtp-u', 1, inUdp(2152, join(hex('30ff'), u16(V4.length), u32(77), V4)), ''],
  [
    'gtp-u with sequence and extension',
    1,
    inUdp(2152, join(hex('36ff'), u16(V6.length + 8), u32(77), hex('00000085 01000000'), V6)),
    '',
  ],
  ['teredo with origin', 1, inUdp(3544, join(hex('0000 1234 01020304'), V6)), ''],
  [
    'teredo with authentication and origin',
    1,
    inUdp(3544, join(hex('0001 0000'), new Uint8Array(9), hex('0000 1234 01020304'), V6)),
    '',
  ],
  ['teredo between peers', 1, inUdp(32_900, join(V6.subarray(0, 8), hex('20010000'), V6.subarray(12))), ''],
]

/** Name, link type, frame, reason. */
const REFUSED: readonly (readonly [string, number, Uint8Array, string])[] = [
  ['arp', 1, ethernet(0x0806, new Uint8Array(28)), 'unsupported.arp'],
  ['spanning tree', 1, ethernet(38, join(hex('424203'), new Uint8Array(35))), 'unsupported.llc'],
  ['802.3 length beyond the frame', 1, ethernet(1500, snap), 'damaged.ethernet-length'],
  ['lldp', 1, ethernet(0x88cc, new Uint8Array(46)), 'unsupported.ethertype'],
  ['link type of USB', 220, FRAME, 'unsupported.linktype'],
  ['icmp', 101, ipv4({ protocol: 1 }, new Uint8Array(8)), 'unsupported.icmp'],
  ['dns', 101, ipv4({ protocol: 17 }, udp(40_000, 53, new Uint8Array(12))), 'unsupported.udp'],
  ['sctp', 101, ipv4({ protocol: 132 }, new Uint8Array(12)), 'unsupported.ip-protocol'],
  ['esp', 101, ipv4({ protocol: 50 }, new Uint8Array(12)), 'unsupported.esp'],
  ['ipv6 without next header', 101, ipv6({ next: 59 }, new Uint8Array(0)), 'unsupported.ip-protocol'],
  ['first fragment', 101, ipv4({ fragment: 0x2000 }, TCP), 'unsupported.fragment'],
  ['last fragment', 101, ipv4({ fragment: 0x0010 }, TCP), 'unsupported.fragment'],
  ['ipv6 fragment', 101, extended(44, hex('0600 0001 00000009')), 'unsupported.fragment'],
  ['vxlan without a vni', 1, inUdp(4789, join(hex('00000000 00000500'), FRAME)), 'unsupported.vxlan'],
  ['gre of pptp', 1, inIp(47, hex('3001 880b 00000000 00000000')), 'unsupported.gre'],
  ['geneve version 1', 1, inUdp(6081, join(hex('4000 6558 00000700'), FRAME)), 'unsupported.geneve'],
  ['gtp-u echo', 1, inUdp(2152, hex('3201 0004 00000000 00000000')), 'unsupported.gtpu'],
  ['pppoe control protocol', 1, ethernet(0x8864, pppoe(1, hex('c021 01010004'))), 'unsupported.ppp'],
  ['mpls with unknown payload', 1, ethernet(0x8847, hex('00020140 f0000000')), 'unsupported.mpls-payload'],
  ['address family of appletalk', 0, hex('10000000 00'), 'unsupported.family'],
  ['ipv6 type, ipv4 header', 1, ethernet(0x86dd, join(V4, new Uint8Array(20))), 'damaged.ip-version'],
  ['ip version 5', 101, hex('50'), 'damaged.ip-version'],
  ['ipv4 header of 4 words', 101, join(hex('44'), V4.subarray(1)), 'damaged.ipv4-header'],
  ['ipv4 shorter than its header', 101, ipv4({ totalLength: 19 }, TCP), 'damaged.ipv4-header'],
  ['ipv4 longer than the frame', 101, ipv4({ totalLength: 1500 }, TCP), 'damaged.ipv4-length'],
  ['ipv6 longer than the frame', 101, ipv6({ payloadLength: 1500 }, TCP), 'damaged.ipv6-length'],
  ['ipv6 extension cut off', 101, ipv6({ next: 60 }, hex('0601 010400000000')), 'damaged.ipv6-cut'],
  [
    'ipv6 with 17 extensions',
    101,
    extended(60, ...Array(16).fill(hex('3c00 010400000000')), hex('0600 010400000000')),
    'damaged.ipv6-extensions',
  ],
  ['tcp header of 4 words', 101, ipv4({}, join(TCP.subarray(0, 12), [0x40], TCP.subarray(13))), 'damaged.tcp-header'],
  [
    'tcp header longer than the packet',
    101,
    ipv4({}, join(TCP.subarray(0, 12), [0xf0], TCP.subarray(13, 30))),
    'damaged.tcp-header',
  ],
  [
    'udp longer than the packet',
    101,
    ipv4({ protocol: 17 }, join(u16(1), u16(53), u16(99), u16(0))),
    'damaged.udp-length',
  ],
  [
    'pppoe longer than the frame',
    1,
    ethernet(0x8864, join([0x11, 0], u16(1), u16(900), hex('0021'), V4)),
    'damaged.pppoe-length',
  ],
  [
    'gtp-u extension of no length',
    1,
    inUdp(2152, hex('34ff 0008 00000001 00000085 00000000')),
    'damaged.gtpu-extension',
  ],
  [
    'nine vlans',
    1,
    ethernet(
      0x8100,
      Array.from({ length: 9 }, (_, i) => i).reduceRight(
        (inner, i) => vlan(i + 1, i === 8 ? 0x0800 : 0x8100, inner),
        V4,
      ),
    ),
    'unsupported.nesting',
  ],
  [
    'ip in ip, thirty times',
    101,
    Array.from({ length: 30 }).reduce<Uint8Array>(inner => ipv4({ protocol: 4 }, inner), V4),
    'unsupported.nesting',
  ],
]

const walk = new Walk()
const run = (linktype: number, frame: Uint8Array, wireLength = frame.length) =>
  dissect(walk, linktype, frame, 0, frame.length, wireLength)
const payload = () => walk.bytes.subarray(walk.at, walk.end)

describe('dissect', () => {
  for (const [name, linktype, frame, layers] of READ) {
    test(`reads ${name}`, () => {
      assert.equal(run(linktype, frame), SEGMENT, walk.why)
      assert.deepEqual(payload(), PAYLOAD)
      assert.equal(walk.wireEnd, walk.end)
      assert.deepEqual(walk.layers.slice(0, walk.layersLength), hex(layers))
      assert.deepEqual([walk.sourcePort, walk.targetPort, walk.seq, walk.flags, walk.window], [40_000, 80, 1, 16, 502])
    })
  }

  for (const [name, linktype, frame, why] of REFUSED) {
    test(`refuses ${name}`, () => {
      assert.equal(run(linktype, frame), why.startsWith('damaged') ? DAMAGED : UNSUPPORTED)
      assert.equal(walk.why, why)
    })
  }

  test('keeps the captured part of a packet that the capture cut, and says what is missing', () => {
    assert.equal(run(1, FRAME.subarray(0, FRAME.length - 5), FRAME.length), SEGMENT)
    assert.deepEqual(payload(), PAYLOAD.subarray(0, -5))
    assert.equal(walk.wireEnd - walk.end, 5)
  })

  test('takes the captured length for the length on the wire when that is smaller', () => {
    assert.equal(run(1, FRAME, 10), SEGMENT)
    assert.deepEqual(payload(), PAYLOAD)
  })

  test('takes no packet without a length of its own for longer than offload makes them', () => {
    assert.equal(run(101, OPEN, 1 << 20), SEGMENT)
    for (const packet of [OPEN, ipv6({ payloadLength: 0 }, TCP)]) {
      assert.equal(run(101, packet, (1 << 20) + 1), DAMAGED)
      assert.match(walk.why, /-length$/)
    }
  })

  test('starts and ends where it is told', () => {
    const surrounded = join(new Uint8Array(7).fill(255), FRAME, new Uint8Array(7).fill(255))
    assert.equal(dissect(walk, 1, surrounded, 7, 7 + FRAME.length, FRAME.length), SEGMENT)
    assert.deepEqual(payload(), PAYLOAD)
  })

  for (const [name, linktype, frame] of READ) {
    test(`calls every cut of the headers damaged: ${name}`, () => {
      run(linktype, frame)
      const headers = walk.at
      for (let length = 0; length < headers; length++) {
        const outcome = run(linktype, frame.subarray(0, length), frame.length)
        const toldByContent = ['unsupported.udp', 'unsupported.llc', 'unsupported.mpls-payload'].includes(walk.why)
        assert.ok(outcome === DAMAGED || toldByContent, `${length} of ${headers} header bytes: ${outcome} ${walk.why}`)
      }
    })
  }

  test('reads nothing beyond the frame, whatever its bytes', () => {
    const seed = 20_261_121
    const random = mulberry32(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
    for (let round = 0; round < 20_000; round++) {
      const [, linktype, original] = pick(READ)
      const frame = original.slice(0, random() < 0.5 ? original.length : Math.floor(random() * original.length))
      for (let n = 0; n < 3 && frame.length > 0; n++) frame[Math.floor(random() * frame.length)] = random() * 256
      const wireLength = frame.length + (random() < 0.5 ? 0 : Math.floor(random() * 100))
      const [zeros, ones] = [0, 255].map(filler => {
        const outcome = dissect(walk, linktype, surround(frame, filler), 64, 64 + frame.length, wireLength)
        const { bytes: _, layers, ...fields } = walk
        return { outcome, layers: [...layers.subarray(0, walk.layersLength)], ...fields }
      })
      const message = `seed ${seed}, round ${round}`
      assert.deepEqual(zeros, ones, message)
      assert.ok(walk.at <= walk.end && walk.end <= 64 + frame.length && walk.end <= walk.wireEnd, message)
    }
  })
})

function surround(frame: Uint8Array, filler: number): Uint8Array {
  const bytes = new Uint8Array(64 + frame.length + 64).fill(filler)
  bytes.set(frame, 64)
  return bytes
}

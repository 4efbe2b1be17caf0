/** Frames by hand, layer by layer, that a walk reads. */
import { LINKTYPE_GENEVE, LINKTYPE_VXLAN } from '#schemas/wire/linktype.ts'
import { ethernet, hex, ipv4, ipv6, join, tcp, text, u16, u32, udp, vlan, vxlan } from '#test/driver/frames.ts'

export const PAYLOAD = text('GET / HTTP/1.1\r\n\r\n')
export const TCP = tcp({}, PAYLOAD)
export const V4 = ipv4({}, TCP)
export const V6 = ipv6({}, TCP)
/** No length of its own: what stands around it says where it ends. */
export const OPEN = ipv4({ totalLength: 0 }, TCP)
export const FRAME = ethernet(0x0800, V4)
export const inUdp = (port: number, payload: Uint8Array) =>
  ethernet(0x0800, ipv4({ protocol: 17 }, udp(55_555, port, payload)))
export const inIp = (protocol: number, payload: Uint8Array) => ethernet(0x0800, ipv4({ protocol }, payload))
export const extended = (next: number, ...headers: Uint8Array[]) => ipv6({ next }, join(...headers, TCP))
export const snap = join(hex('aaaa03 000000 0800'), V4)
export const pppoe = (session: number, payload: Uint8Array) =>
  join([0x11, 0], u16(session), u16(payload.length), payload)

/** An Ethernet frame whose first nibble is 4. */
const LIKE_IP = join([0x45], FRAME.subarray(1))
const RADIOTAP = hex('00 00 0900 02000000 00')
/** An 802.11 frame: its first two bytes, and what stands behind the third address and the sequence. */
export const wifi = (control: string, behind: string, payload: Uint8Array = snap) =>
  join(hex(control), new Uint8Array(22), hex(behind), payload)
/** The header of the attribute that holds the packet. */
const nflogPayload = (little: boolean) =>
  little ? [(V4.length + 4) & 0xff, (V4.length + 4) >> 8, 9, 0] : [...u16(V6.length + 4), 0, 9]

/** Name, link type, frame, and the layers of the identity that the walk should find before PAYLOAD. */
export const READ: readonly (readonly [string, number, Uint8Array, string])[] = [
  ['ethernet, ipv4', 1, FRAME, ''],
  ['ethernet, ipv6', 1, ethernet(0x86dd, V6), ''],
  ['ethernet with padding', 1, join(FRAME, new Uint8Array(9)), ''],
  ['802.3 with snap', 1, ethernet(snap.length, snap), ''],
  ['vlan', 1, ethernet(0x8100, vlan(42, 0x0800, V4)), '000000002a'],
  ['vlan with priority bits', 1, ethernet(0x8100, vlan(0xe02a, 0x0800, V4)), '000000002a'],
  ['priority tag', 1, ethernet(0x8100, vlan(0, 0x0800, V4)), ''],
  ['802.1ad with 802.1q', 1, ethernet(0x88a8, vlan(7, 0x8100, vlan(42, 0x86dd, V6))), '0000000007 000000002a'],
  ['mpls', 1, ethernet(0x8847, join(hex('00010040 00020140'), V4)), ''],
  ['mpls pseudowire', 1, ethernet(0x8847, join(hex('00020140 00000000'), FRAME)), ''],
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

  // IEEE 802.1Q, 802.1ad and what vendors used before
  [
    'three tags',
    1,
    ethernet(0x88a8, vlan(7, 0x8100, vlan(8, 0x8100, vlan(9, 0x0800, V4)))),
    '0000000007 0000000008 0000000009',
  ],
  ['tag of type 0x9100', 1, ethernet(0x9100, vlan(7, 0x9200, vlan(8, 0x0800, V4))), '0000000007 0000000008'],
  ['802.3 length behind a tag', 1, ethernet(0x8100, vlan(7, snap.length, join(snap, new Uint8Array(9)))), '0000000007'],
  [
    '802.1ah in a backbone VLAN',
    1,
    ethernet(0x88a8, vlan(5, 0x88e7, join(hex('00 011170'), FRAME))),
    '0000000005 0800011170',
  ],
  ['vn-tag', 1, ethernet(0x8926, join(hex('8001 0002 8100'), vlan(3, 0x0800, V4))), '0000000003'],
  ['e-tag', 1, ethernet(0x893f, join(hex('0001 1002 00 00 8100'), vlan(3, 0x0800, V4))), '0000000003'],
  ['fabricpath', 1, ethernet(0x8903, join(hex('0060'), ethernet(0x8100, vlan(3, 0x0800, V4)))), '0000000003'],
  ['cisco metadata', 1, ethernet(0x8909, join(hex('01 01 0001 0011 0800'), V4)), ''],
  // LLC: RFC 948, 802.1H, RFC 2684
  ['llc with ipv4', 1, ethernet(3 + V4.length, join(hex('060603'), V4)), ''],
  ['snap of 802.1h', 1, ethernet(8 + V6.length, join(hex('aaaa03 0000f8 86dd'), V6)), ''],
  ['llc of atm, bridged', 100, join(hex('aaaa03 0080c2 0007 0000'), FRAME), ''],
  // MPLS: RFC 3032, RFC 4448
  ['mpls with ipv6', 1, ethernet(0x8847, join(hex('00020140'), V6)), ''],
  ['mpls pseudowire without control word', 1, ethernet(0x8847, join(hex('00020140'), FRAME)), ''],
  ['mpls pseudowire to an address that looks like ipv4', 1, ethernet(0x8847, join(hex('00020140'), LIKE_IP)), ''],
  ['mpls pseudowire with a sequence number', 1, ethernet(0x8847, join(hex('00020140 00000007'), FRAME)), ''],
  [
    'mpls pseudowire with control word and tag',
    1,
    ethernet(0x8847, join(hex('00020140 00000000'), ethernet(0x8100, vlan(4, 0x86dd, V6)))),
    '0000000004',
  ],
  ['mpls in udp (RFC 7510)', 1, inUdp(6635, join(hex('00020140'), V4)), ''],
  // PPP: RFC 1661, RFC 1662, RFC 1547, RFC 2637, RFC 2661
  ['ppp', 9, join(hex('ff03 0021'), V4), ''],
  ['ppp without framing', 9, join(hex('0057'), V6), ''],
  ['ppp, protocol compressed', 50, join(hex('ff03 21'), V4), ''],
  ['ppp with mpls', 9, join(hex('ff03 0281 00020140'), V4), ''],
  ['pppd, outgoing', 166, join(hex('0103 0021'), V4), ''],
  ['cisco hdlc', 104, join(hex('0f00 0800'), V4), ''],
  ['cisco hdlc under the link type of ppp', 50, join(hex('8f00 86dd'), V6), ''],
  ['ppp under the link type of cisco hdlc', 104, join(hex('ff03 0021'), V4), ''],
  ['pppoe link', 51, pppoe(45, join(hex('0021'), V4)), '060000002d'],
  ['pppoe in a vlan', 1, ethernet(0x8100, vlan(3, 0x8864, pppoe(45, join(hex('0021'), V4)))), '0000000003 060000002d'],
  ['pptp', 1, inIp(47, join(hex('3081 880b'), u16(V4.length + 4), hex('0007 00000001 00000002 ff03 0021'), V4)), ''],
  ['pptp without sequence', 1, inIp(47, join(hex('2001 880b'), u16(V4.length + 1), hex('0007 21'), V4)), ''],
  ['l2tp', 1, inUdp(1701, join(hex('0002 0001 0002 ff03 0021'), V4)), ''],
  [
    'l2tp with everything',
    1,
    inUdp(1701, join(hex('4a02'), u16(V4.length + 20), hex('0001 0002 0003 0004 0002 0000 ff03 0021'), V4)),
    '',
  ],
  // GRE: RFC 1701, RFC 2784, RFC 2890, RFC 7637, RFC 8086
  ['gre with routing', 1, inIp(47, join(hex('4000 0800 00000000 0800 0004 0a000001 0000 0000'), V4)), '0300000000'],
  ['nvgre', 1, inIp(47, join(hex('2000 6558 001234ab'), FRAME)), '0300123400'],
  ['gretap with a key', 1, inIp(47, join(hex('2000 6558 00000009'), FRAME)), '0300000009'],
  ['gre with ppp', 1, inIp(47, join(hex('0000 880b ff03 0021'), V4)), '0300000000'],
  ['gre with mpls', 1, inIp(47, join(hex('0000 8847 00020140'), V4)), '0300000000'],
  ['gre in ipv6', 1, ethernet(0x86dd, ipv6({ next: 47 }, join(hex('0000 0800'), V4))), '0300000000'],
  [
    'gre in gre',
    1,
    inIp(47, join(hex('2000 0800 00000001'), ipv4({ protocol: 47 }, join(hex('2000 86dd 00000002'), V6)))),
    '0300000001 0300000002',
  ],
  ['gre in udp', 1, inUdp(4754, join(hex('0000 0800'), V4)), '0300000000'],
  ['wccp', 1, inIp(47, join(hex('0000 883e'), V4)), '0300000000'],
  ['wccp with a redirect header', 1, inIp(47, join(hex('0000 883e 0000 0000'), V4)), '0300000000'],
  ['gre of aruba', 1, inIp(47, join(hex('0000 9000'), hex('0802 0000'), new Uint8Array(20), snap)), '0300000000'],
  // draft-foschiano-erspan
  ['erspan type I', 1, inIp(47, join(hex('0000 88be'), FRAME)), '0400000000'],
  ['erspan type II', 1, inIp(47, join(hex('1000 88be 00000001 1000 0005 00000000'), FRAME)), '0400000005'],
  [
    'erspan type II of a vlan',
    1,
    inIp(47, join(hex('1000 88be 00000001 102a 1005 00000000'), FRAME)),
    '0400000005 000000002a',
  ],
  [
    'erspan type II, tag in the frame',
    1,
    inIp(47, join(hex('1000 88be 00000001 102a 1805 00000000'), ethernet(0x8100, vlan(42, 0x0800, V4)))),
    '0400000005 000000002a',
  ],
  ['erspan type III', 1, inIp(47, join(hex('1000 22eb 00000001 2000 03ff 00000000 0000 8000'), FRAME)), '04000003ff'],
  [
    'erspan type III with a sub-header',
    1,
    inIp(47, join(hex('1000 22eb 00000001 202a 0001 00000000 0000 8001 0000000000000000'), FRAME)),
    '0400000001 000000002a',
  ],
  [
    'erspan type III with ip',
    1,
    inIp(47, join(hex('1000 22eb 00000001 2000 0001 00000000 0000 8800'), V6)),
    '0400000001',
  ],
  // RFC 7348, drafts of group policy and protocol extension, RFC 8300, RFC 8926
  ['vxlan as linux had it', 1, inUdp(8472, vxlan(5, FRAME)), '0100000005'],
  ['vxlan with a group policy', 1, inUdp(4789, join(hex('88000123 00000500'), FRAME)), '0100000005'],
  ['vxlan in vxlan', 1, inUdp(4789, vxlan(5, inUdp(4789, vxlan(6, FRAME)))), '0100000005 0100000006'],
  ['vxlan-gpe with ipv4', 1, inUdp(4790, join(hex('0c000001 00000500'), V4)), '0100000005'],
  ['vxlan-gpe without a protocol', 1, inUdp(4790, join(hex('08000000 00000500'), FRAME)), '0100000005'],
  ['vxlan-gpe with nsh', 1, inUdp(4790, join(hex('0c000004 00000500 0fc2 02 03 000001ff'), FRAME)), '0100000005'],
  ['nsh with metadata', 1, ethernet(0x894f, join(hex('0fc6 01 01 000001ff'), new Uint8Array(16), V4)), ''],
  ['geneve with ipv4', 1, inUdp(6081, join(hex('0000 0800 00000700'), V4)), '0200000007'],
  [
    // As AWS mirrors to a load balancer's endpoint: endpoint id, attachment, flow cookie.
    'vxlan in geneve with three options',
    1,
    inUdp(
      6081,
      join(
        hex('0800 0800 00000000 0108 0102 0000000000000001 0108 0202 0000000000000002 0108 0301 0a0b0c0d'),
        inUdp(4789, vxlan(9, FRAME)).subarray(14),
      ),
    ),
    '0200000000 0100000009',
  ],
  // 3GPP TS 29.281
  [
    'gtp-u from its port, with N-PDU',
    1,
    inUdp(2152, join(hex('31ff'), u16(V6.length + 4), u32(77), hex('00000000'), V6)),
    '',
  ],
  [
    'gtp-u in gtp-u',
    1,
    inUdp(2152, join(hex('30ff 0000 00000001'), inUdp(2152, join(hex('30ff 0000 00000002'), V4)).subarray(14))),
    '',
  ],
  // IP in IP, RFC 2003, RFC 2473, RFC 4213; RFC 3378; RFC 4302; draft-massar-v6ops-ayiya; RFC 4380
  ['ipv4 in ipv6', 1, ethernet(0x86dd, ipv6({ next: 4 }, V4)), ''],
  ['ipv6 in ipv6', 1, ethernet(0x86dd, ipv6({ next: 41 }, V6)), ''],
  ['ethernet in ip', 1, inIp(97, join(hex('3000'), FRAME)), ''],
  ['authentication in ipv4', 1, inIp(51, join(hex('0604 0000 00000001 00000001 000000000000000000000000'), TCP)), ''],
  ['ayiya', 1, inUdp(5072, join(hex('42 51 11 29 00000000'), new Uint8Array(16 + 20), V6)), ''],
  [
    'ayiya back',
    1,
    ethernet(0x0800, ipv4({ protocol: 17 }, udp(5072, 999, join(hex('20 00 01 04 00000000 00000000'), V4)))),
    '',
  ],
  ['tzsp', 1, inUdp(37_008, join(hex('0100 0001 00 0a01ff 01'), FRAME)), ''],
  // Link types
  ['linux cooked with llc', 113, join(hex('0004 0001 0006 020000000001 0000 0004'), snap), ''],
  [
    'linux cooked with radiotap',
    113,
    join(hex('0004 0323 0006 020000000001 0000 0019'), RADIOTAP, wifi('0801', '')),
    '',
  ],
  ['802.11, to the access point', 105, wifi('0801', ''), ''],
  ['802.11, qos, between access points', 105, wifi('8803', '020000000009 0000'), ''],
  ['802.11, qos, with +htc', 105, wifi('8882', '0000 00000000'), ''],
  ['802.11, header padded', 105, wifi('8802', '0000 0000'), ''],
  [
    '802.11, an aggregate of one',
    105,
    wifi('8802', '8000', join(new Uint8Array(12), u16(snap.length), snap, [0, 0])),
    '',
  ],
  ['radiotap', 127, join(RADIOTAP, wifi('0802', '')), ''],
  ['prism', 119, join(hex('44000000 90000000'), new Uint8Array(136), wifi('0802', '')), ''],
  ['avs', 163, join(hex('80211001 00000040'), new Uint8Array(56), wifi('0802', '')), ''],
  ['avs under the link type of prism', 119, join(hex('80211001 00000040'), new Uint8Array(56), wifi('0802', '')), ''],
  ['ppi with 802.11', 192, join(hex('00 00 0c00 69000000 00000000'), wifi('0802', '')), ''],
  ['ppi with ethernet', 192, join(hex('00 00 0800 01000000'), FRAME), ''],
  ['pktap', 258, join(hex('10000000 01000000 01000000 00000000'), FRAME), ''],
  ['nflog', 239, join(hex('02 00 0005 0800 0100 0800 0003 0500 0a00 61 000000'), nflogPayload(true), V4), ''],
  ['nflog, big-endian', 239, join(hex('0a 00 0005 0008 0001 86dd 0003'), nflogPayload(false), V6), ''],
  ['pflog', 117, join(hex('3d 02 00 00'), new Uint8Array(60), V4), ''],
  ['enc', 109, join(hex('02000000 00000001 00000000'), V4), ''],
  ['fddi', 10, join(hex('50'), new Uint8Array(12), snap), ''],
  ['what a vxlan listener gets', LINKTYPE_VXLAN, vxlan(5, FRAME), '0100000005'],
  ['what a geneve listener gets', LINKTYPE_GENEVE, join(hex('0000 6558 00000700'), FRAME), '0200000007'],
]

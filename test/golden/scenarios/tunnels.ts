/** What a mirror wraps around packets, and packets that came in pieces. */
import { fragments } from '#test/driver/fragments.ts'
import { ethernet, hex, ipv4, join, u16, u32, udp, vlan, vxlan } from '#test/driver/frames.ts'
import { Clock, frameOf, type Packet, Talk, type TalkOptions } from '#test/driver/packets.ts'
import { get, ok, type Scenario } from './scenario.ts'

type Wrap = (frame: Uint8Array) => Uint8Array

const ETHERNET_HEADER = 14
const MIRROR = { source: '192.0.2.10', target: '192.0.2.20' }

/** ERSPAN type II: the session and the VLAN that the switch took off. */
const erspan2 =
  (session: number, tag: number): Wrap =>
  frame =>
    inGre(0x88be, join(u16(0x1000 | tag), u16(0x1000 | session), u32(0), frame))

/** ERSPAN type III with a platform sub-header. */
const erspan3 =
  (session: number): Wrap =>
  frame =>
    inGre(0x22eb, join(u16(0x2000), u16(session), u32(0), u16(0), u16(0x8001), u32(0), u32(0), frame))

function inGre(protocol: number, payload: Uint8Array): Uint8Array {
  return ethernet(0x0800, ipv4({ ...MIRROR, protocol: 47 }, join(u16(0x1000), u16(protocol), u32(1), payload)))
}

/** VXLAN in Geneve with options, as a cloud mirrors to a load balancer, in a VLAN. */
const balanced =
  (vni: number): Wrap =>
  frame => {
    const mirrored = ipv4({ ...MIRROR, protocol: 17 }, udp(65_000, 4789, vxlan(vni, frame)))
    const options = hex('0108 0102 0000000000000001 0108 0301 0a0b0c0d')
    const geneve = join([options.length / 4, 0], u16(0x0800), u32(0), options, mirrored)
    const outer = { source: '198.51.100.1', target: '198.51.100.2', protocol: 17 }
    return ethernet(0x8100, vlan(100, 0x0800, ipv4(outer, udp(60_000, 6081, geneve))))
  }

/** One exchange, each frame wrapped. */
function exchange(clock: Clock, name: string, wrap: Wrap, options: TalkOptions = {}): Packet[] {
  const talk = new Talk(clock, options)
  const packets = [...talk.open(), ...talk.client(get(`/${name}`)), ...talk.server(ok(name)), ...talk.close()]
  return packets.map(packet => ({ ...packet, as: wrap }))
}

const inVxlan: Wrap = frame => ethernet(0x0800, ipv4({ ...MIRROR, protocol: 17 }, udp(65_000, 4789, vxlan(3, frame))))

/** Each packet with data in fragments of `size` bytes, the last one first. They are not cut any smaller. */
function fragmented(packets: readonly Packet[], size: number, wrap: Wrap = frame => frame): Packet[] {
  return packets.flatMap(packet => {
    if (packet.payload.length === 0) return [{ ...packet, as: wrap }]
    const cut = (frame: Uint8Array) => fragmentsOf(wrap(frame), packet.seq & 0xffff, size)
    return cut(frameOf(packet)).map((_, i) => ({
      ...packet,
      as: (frame: Uint8Array) => cut(frame).toReversed()[i]!,
      snaplen: 65_535,
    }))
  })
}

function fragmentsOf(frame: Uint8Array, id: number, size: number): readonly Uint8Array[] {
  const link = frame.subarray(0, ETHERNET_HEADER)
  return fragments(frame.subarray(ETHERNET_HEADER), id, size).map(part => join(link, part))
}

export const TUNNELS: readonly Scenario[] = [
  {
    name: 'erspan',
    shows:
      'The same addresses mirrored by three ERSPAN sessions, of type II with and without a VLAN, and of type III: three connections.',
    packets: () => {
      const clock = new Clock()
      const talks = [
        exchange(clock, 'red', erspan2(1, 10)),
        exchange(clock, 'blue', erspan2(2, 0)),
        exchange(clock, 'green', erspan3(1)),
      ]
      return talks.flat().toSorted((a, b) => a.time - b.time)
    },
    reorders: true,
  },
  {
    name: 'vxlan-in-geneve',
    shows:
      'Two tenants with the same addresses, each in its VXLAN, behind a load balancer that speaks Geneve in a VLAN.',
    packets: () => {
      const clock = new Clock()
      return [...exchange(clock, 'one', balanced(1)), ...exchange(clock, 'two', balanced(2))]
    },
    reorders: true,
  },
  {
    name: 'fragments',
    shows:
      'Packets with data come in IP fragments, the last one first: of IPv4, of IPv6, and of the outer packets of a tunnel.',
    packets: () => {
      const clock = new Clock()
      const data = (name: string, options: TalkOptions = {}): Packet[] => {
        const talk = new Talk(clock, options)
        return [...talk.open(), ...talk.client(get(`/${name}`)), ...talk.server(ok(name.repeat(100))), ...talk.close()]
      }
      const six = { client: { ip: '2001:db8::1', port: 40_000 }, server: { ip: '2001:db8::80', port: 80 } }
      return [
        ...fragmented(data('four'), 128),
        ...fragmented(data('six', six), 128),
        ...fragmented(data('tunnel'), 128, inVxlan),
      ]
    },
    reorders: false,
  },
]

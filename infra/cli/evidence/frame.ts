/**
 * A frame as it may have looked on the wire, from a stored segment: Ethernet, the encapsulation of its flow, IP, TCP, with right
 * lengths and checksums. What is not stored is made up, the same each time:
 *
 *   MAC addresses      02:00:00:00:00:01 for endpoint a, …:02 for b
 *   tunnel endpoints   192.0.2.1 for endpoint a, 192.0.2.2 for b (RFC 5737)
 *   IP                 TTL 64, no options, not fragmented        TCP   no options (those of the handshake too)
 *
 * Layers are wrapped from the inside out. MPLS labels and GTP-U tunnels differ by direction and are never part of a flow's
 * identity: they are not rebuilt. Network namespaces are no layers. ERSPAN is of type II, with a sequence number of 1.
 */
import { type Encapsulation, parseIdentity } from '#schemas/records/flow.ts'

/** What a frame is made of. */
export interface TcpSegment {
  readonly dir: 0 | 1
  readonly flags: number
  readonly seq: number
  readonly ack: number
  readonly window: number
  readonly payload: Uint8Array
  /** Payload bytes on the wire: more than there are when the capture cut the packet. */
  readonly wireLength: number
}

export interface Frame {
  readonly bytes: Uint8Array
  /** Length on the wire. */
  readonly wireLength: number
}

/** What stands inside the next layer, with the EtherType that announces it. */
interface Inner {
  readonly type: number
  readonly bytes: Buffer
}

const IPV4 = 0x0800
const IPV6 = 0x86dd
const TCP = 6
const UDP = 17
const GRE = 47
const TCP_HEADER = 20

export function frameOf(segment: TcpSegment, identity: Uint8Array): Frame {
  const { dir, payload, wireLength } = segment
  const missing = Math.max(0, wireLength - payload.length)
  let inner = ipOf(segment, identity, missing)
  for (const layer of parseIdentity(identity).encapsulation.toReversed()) inner = wrap(layer, inner, dir, missing)
  const bytes = ethernet(inner, dir)
  return { bytes, wireLength: bytes.length + missing }
}

function ipOf(segment: TcpSegment, identity: Uint8Array, missing: number): Inner {
  const size = identity[0] === 6 ? 16 : 4
  const ends = [identity.subarray(1, 3 + size), identity.subarray(3 + size, 5 + 2 * size)]
  const [from, to] = segment.dir === 0 ? [ends[0]!, ends[1]!] : [ends[1]!, ends[0]!]
  const [source, target] = [from.subarray(0, size), to.subarray(0, size)]
  const header = Buffer.alloc(TCP_HEADER)
  header.set(from.subarray(size), 0)
  header.set(to.subarray(size), 2)
  header.writeUInt32BE(segment.seq, 4)
  header.writeUInt32BE(segment.ack, 8)
  header.writeUInt16BE(((TCP_HEADER / 4) << 12) | segment.flags, 12)
  header.writeUInt16BE(segment.window, 14)
  const tcp = Buffer.concat([header, segment.payload])
  // The checksum covers bytes that were not captured: then there is none.
  if (missing === 0) tcp.writeUInt16BE(checksum(pseudoHeader(source, target, tcp.length), tcp), 16)
  if (size === 4) return { type: IPV4, bytes: ipv4(source, target, TCP, tcp, missing) }
  const ip = Buffer.alloc(8)
  ip[0] = 0x60
  ip.writeUInt16BE(tcp.length + missing, 4)
  ip[6] = TCP
  ip[7] = 64
  return { type: IPV6, bytes: Buffer.concat([ip, source, target, tcp]) }
}

function wrap(layer: Encapsulation, inner: Inner, dir: 0 | 1, missing: number): Inner {
  switch (layer.type) {
    case 'vlan':
      // The outer one of two tags is a service tag (802.1ad).
      return {
        type: inner.type === 0x8100 ? 0x88a8 : 0x8100,
        bytes: before(inner.bytes, u16(layer.id), u16(inner.type)),
      }
    case 'pppoe': {
      const protocol = inner.type === IPV6 ? 0x0057 : 0x0021
      const length = 2 + inner.bytes.length + missing
      return { type: 0x8864, bytes: before(inner.bytes, [0x11, 0], u16(layer.id), u16(length), u16(protocol)) }
    }
    case 'vxlan':
      return tunnelled(
        udp(4789, before(ethernet(inner, dir), [8, 0, 0, 0], u32(layer.vni * 256)), missing),
        UDP,
        dir,
        missing,
      )
    case 'geneve':
      return tunnelled(
        udp(6081, before(inner.bytes, [0, 0], u16(inner.type), u32(layer.vni * 256)), missing),
        UDP,
        dir,
        missing,
      )
    case 'gre': {
      const key = layer.id === 0 ? [] : u32(layer.id)
      const flags = layer.id === 0 ? 0 : 0x2000
      return tunnelled(before(inner.bytes, u16(flags), u16(inner.type), key), GRE, dir, missing)
    }
    case 'erspan':
      return tunnelled(
        before(ethernet(inner, dir), [0x10, 0, 0x88, 0xbe], u32(1), [0x10, 0], u16(layer.id), u32(0)),
        GRE,
        dir,
        missing,
      )
    case 'pbb':
      return { type: 0x88e7, bytes: before(ethernet(inner, dir), u32(layer.id)) }
    case 'mpls':
    case 'gtpu':
    case 'netns':
      return inner
    default:
      return layer satisfies never
  }
}

function ethernet({ type, bytes }: Inner, dir: 0 | 1): Buffer {
  return before(bytes, [2, 0, 0, 0, 0, 2 - dir], [2, 0, 0, 0, 0, 1 + dir], u16(type))
}

function tunnelled(bytes: Buffer, protocol: number, dir: 0 | 1, missing: number): Inner {
  const [source, target] = [Uint8Array.of(192, 0, 2, 1 + dir), Uint8Array.of(192, 0, 2, 2 - dir)]
  return { type: IPV4, bytes: ipv4(source, target, protocol, bytes, missing) }
}

/** Without a checksum, as tunnels are sent (RFC 7348 §5). */
function udp(port: number, payload: Buffer, missing: number): Buffer {
  return before(payload, u16(port), u16(port), u16(8 + payload.length + missing), [0, 0])
}

function ipv4(source: Uint8Array, target: Uint8Array, protocol: number, payload: Buffer, missing: number): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(20 + payload.length + missing, 2)
  header[6] = 0x40
  header[8] = 64
  header[9] = protocol
  header.set(source, 12)
  header.set(target, 16)
  header.writeUInt16BE(checksum(header), 10)
  return Buffer.concat([header, payload])
}

/** RFC 9293 §3.1, RFC 8200 §8.1: for IPv4 and IPv6 in a common form, since only the sum counts. */
function pseudoHeader(source: Uint8Array, target: Uint8Array, length: number): Buffer {
  return before(Buffer.from([0, 0, 0, TCP]), source, target, u32(length))
}

/** RFC 1071. All parts but the last have an even number of bytes. */
function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const part of parts) for (let i = 0; i < part.length; i += 2) sum += (part[i]! << 8) | (part[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

function before(bytes: Uint8Array, ...headers: readonly (Uint8Array | readonly number[])[]): Buffer {
  return Buffer.concat([...headers.map(header => Uint8Array.from(header)), bytes])
}

const u16 = (value: number): readonly number[] => [(value >> 8) & 0xff, value & 0xff]
const u32 = (value: number): readonly number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]

/** Cuts IP packets into fragments, as a router (IPv4) or the sender (IPv6) does. */
import { join, u16, u32 } from '#test/driver/frames.ts'

const IPV4_HEADER = 20
const IPV6_HEADER = 40
const MORE = 0x2000

/** One fragment of an IPv4 packet without options: `[from, to)` of its payload. */
export function fragment4(packet: Uint8Array, id: number, from: number, to: number): Uint8Array {
  const payload = packet.subarray(IPV4_HEADER)
  const part = payload.subarray(from, to)
  const field = (to < payload.length ? MORE : 0) | (from / 8)
  const start = [packet[0]!, packet[1]!, ...u16(IPV4_HEADER + part.length), ...u16(id), ...u16(field)]
  return join(start, packet.subarray(8, IPV4_HEADER), part)
}

/** One fragment of an IPv6 packet without extension headers. */
export function fragment6(packet: Uint8Array, id: number, from: number, to: number): Uint8Array {
  const payload = packet.subarray(IPV6_HEADER)
  const part = payload.subarray(from, to)
  const field = from | (to < payload.length ? 1 : 0)
  const header = [packet[6]!, 0, ...u16(field), ...u32(id)]
  const start = [...packet.subarray(0, 4), ...u16(header.length + part.length), 44, packet[7]!]
  return join(start, packet.subarray(8, IPV6_HEADER), header, part)
}

/** All fragments, `size` bytes each (a multiple of 8) but the last. Of either version. */
export function fragments(packet: Uint8Array, id: number, size: number): readonly Uint8Array[] {
  const [header, cut] = packet[0]! >> 4 === 4 ? [IPV4_HEADER, fragment4] : [IPV6_HEADER, fragment6]
  const length = packet.length - header
  const starts = Array.from({ length: Math.ceil(length / size) }, (_, i) => i * size)
  return starts.map(from => cut(packet, id, from, Math.min(length, from + size)))
}

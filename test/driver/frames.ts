/** Frames from the inside out: each function puts one header before what it is given. Checksums stay 0. */

export interface TcpFields {
  readonly from?: number
  readonly to?: number
  readonly seq?: number
  readonly ack?: number
  /** Default: ACK. */
  readonly flags?: number
  readonly window?: number
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array
}

export function tcp(fields: TcpFields, payload: Uint8Array): Uint8Array {
  const { from = 40_000, to = 80, seq = 1, ack = 1, flags = 16, window = 502, options = new Uint8Array(0) } = fields
  const offset = ((20 + options.length) / 4) << 4
  return join(u16(from), u16(to), u32(seq), u32(ack), [offset, flags], u16(window), u32(0), options, payload)
}

export function udp(from: number, to: number, payload: Uint8Array): Uint8Array {
  return join(u16(from), u16(to), u16(8 + payload.length), u16(0), payload)
}

export interface Ipv4Fields {
  readonly source?: string
  readonly target?: string
  readonly protocol?: number
  /** Flags and offset, 16 bits. */
  readonly fragment?: number
  /** Default: what it is. */
  readonly totalLength?: number
  /** A multiple of 4 bytes. */
  readonly ipOptions?: Uint8Array
}

export function ipv4(fields: Ipv4Fields, payload: Uint8Array): Uint8Array {
  const { source = '10.0.0.1', target = '10.0.0.2', protocol = 6, fragment = 0 } = fields
  const options = fields.ipOptions ?? new Uint8Array(0)
  const header = 20 + options.length
  const total = fields.totalLength ?? header + payload.length
  const start = [0x40 | (header / 4), 0, ...u16(total), 0, 0, ...u16(fragment), 64, protocol, 0, 0]
  return join(start, dotted(source), dotted(target), options, payload)
}

export interface Ipv6Fields {
  /** Last byte of 2001:db8::x */
  readonly source?: number
  readonly target?: number
  readonly next?: number
  readonly payloadLength?: number
}

export function ipv6(fields: Ipv6Fields, payload: Uint8Array): Uint8Array {
  const { source = 1, target = 2, next = 6, payloadLength = payload.length } = fields
  return join([0x60, 0, 0, 0], u16(payloadLength), [next, 64], documentation(source), documentation(target), payload)
}

export function ethernet(type: number, payload: Uint8Array): Uint8Array {
  return join([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], u16(type), payload)
}

export function vlan(id: number, type: number, payload: Uint8Array): Uint8Array {
  return join(u16(id), u16(type), payload)
}

export function vxlan(vni: number, payload: Uint8Array): Uint8Array {
  return join([8, 0, 0, 0], u32(vni * 256), payload)
}

/** Ethernet, IPv4, TCP: what most tests want. */
export function tcpFrame(fields: TcpFields & Ipv4Fields, payload: Uint8Array): Uint8Array {
  return ethernet(0x0800, ipv4(fields, tcp(fields, payload)))
}

export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

/** Hexadecimal digits, blanks ignored. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'))
}

export function u16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff]
}

export function u32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

function dotted(address: string): number[] {
  return address.split('.').map(Number)
}

function documentation(last: number): number[] {
  return [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

/**
 * TCP conversations as they look on a wire: Ethernet, VLAN, IPv4 or IPv6 and TCP with right lengths and checksums.
 *
 *   const talk = new Talk(clock)
 *   const packets = [...talk.open(), ...talk.client('GET / HTTP/1.1\r\n\r\n'), ...talk.close()]
 *   writeFileSync('input.pcap', captureOf(packets))
 *
 * Packets are plain: a scenario drops, doubles, moves and changes them before they are written.
 */
import { isIPv6 } from 'node:net'
import { ACK, FIN, PSH, RST, SYN } from '#schemas/records/segment.ts'
import { type Frame, pcap } from '#test/driver/captures.ts'
import { ethernet, join, text, u16, u32, vlan } from '#test/driver/frames.ts'

export interface Address {
  readonly ip: string
  readonly port: number
}

export interface Packet {
  /** µs since 1970 */
  readonly time: number
  readonly from: Address
  readonly to: Address
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly payload: Uint8Array
  readonly vlan?: number
  /** What the frame travels in, or the part of it that this one is: from the frame to what was on the wire. */
  readonly as?: (frame: Uint8Array) => Uint8Array
  /** Only so many bytes of the frame were captured. */
  readonly snaplen?: number
}

/** Time goes on by a step with every packet. Shared by conversations that happen at once. */
export class Clock {
  #now: number
  readonly #step: number

  /** 2026-11-21T09:30:35Z, a millisecond a packet. */
  constructor(start = 1_795_253_435_000_000, step = 1_000) {
    this.#now = start
    this.#step = step
  }

  next(): number {
    this.#now += this.#step
    return this.#now
  }

  wait(seconds: number): void {
    this.#now += seconds * 1_000_000
  }
}

export interface TalkOptions {
  readonly client?: Address
  readonly server?: Address
  readonly vlan?: number
  /** Initial sequence numbers. */
  readonly clientSeq?: number
  readonly serverSeq?: number
}

const WINDOW = 64_240

/** One connection. Every method returns the packets that it makes, and remembers how far each side has come. */
export class Talk {
  readonly #clock: Clock
  readonly #ends: readonly [Address, Address]
  readonly #vlan: number | undefined
  readonly #next: [number, number]

  constructor(clock: Clock, options: TalkOptions = {}) {
    const { client = { ip: '10.0.0.1', port: 40_000 }, server = { ip: '10.0.0.2', port: 80 } } = options
    this.#clock = clock
    this.#ends = [client, server]
    this.#vlan = options.vlan
    this.#next = [options.clientSeq ?? 1_000, options.serverSeq ?? 500_000]
  }

  /** The handshake. */
  open(): Packet[] {
    return [this.#packet(0, SYN), this.#packet(1, SYN | ACK), this.#packet(0, ACK)]
  }

  client(data: string | Uint8Array, mss = 1460): Packet[] {
    return this.#say(0, data, mss)
  }

  server(data: string | Uint8Array, mss = 1460): Packet[] {
    return this.#say(1, data, mss)
  }

  /** A side that says nothing more; the other one acknowledges. */
  finish(dir: 0 | 1): Packet[] {
    return [this.#packet(dir, FIN | ACK), this.#packet(other(dir), ACK)]
  }

  close(): Packet[] {
    return [...this.finish(0), ...this.finish(1)]
  }

  reset(dir: 0 | 1): Packet[] {
    return [this.#packet(dir, RST | ACK)]
  }

  /** Segments of at most `mss` bytes, then one acknowledgement for all. */
  #say(dir: 0 | 1, data: string | Uint8Array, mss: number): Packet[] {
    const bytes = typeof data === 'string' ? text(data) : data
    const packets: Packet[] = []
    for (let at = 0; at < bytes.length; at += mss) {
      const last = at + mss >= bytes.length
      packets.push(this.#packet(dir, last ? PSH | ACK : ACK, bytes.subarray(at, at + mss)))
    }
    return [...packets, this.#packet(other(dir), ACK)]
  }

  #packet(dir: 0 | 1, flags: number, payload: Uint8Array = new Uint8Array(0)): Packet {
    const seq = this.#next[dir]
    const counts = (flags & (SYN | FIN)) === 0 ? 0 : 1
    this.#next[dir] = (seq + payload.length + counts) >>> 0
    return {
      time: this.#clock.next(),
      from: this.#ends[dir],
      to: this.#ends[other(dir)],
      seq,
      ack: (flags & ACK) === 0 ? 0 : this.#next[other(dir)],
      flags,
      window: WINDOW,
      payload,
      ...(this.#vlan === undefined ? {} : { vlan: this.#vlan }),
    }
  }
}

const other = (dir: 0 | 1): 0 | 1 => (dir === 0 ? 1 : 0)

/** The same packets in this order, at the times that they had before: sorted. */
export function retimed(packets: readonly Packet[]): Packet[] {
  const times = packets.map(packet => packet.time).toSorted((a, b) => a - b)
  return packets.map((packet, i) => ({ ...packet, time: times[i]! }))
}

/** A pcap file (µs, Ethernet). */
export function captureOf(packets: readonly Packet[]): Uint8Array<ArrayBuffer> {
  return pcap(packets.map(recordOf))
}

/** A packet as it was captured. */
export function recordOf(packet: Packet): Frame {
  const frame = frameOf(packet)
  const { time, snaplen = frame.length } = packet
  return { time, bytes: frame.subarray(0, snaplen), wireLength: frame.length }
}

/** The frame on the wire. */
export function frameOf(packet: Packet): Uint8Array {
  const frame = plainFrame(packet)
  return packet.as === undefined ? frame : packet.as(frame)
}

function plainFrame({ from, to, seq, ack, flags, window, payload, vlan: tag }: Packet): Uint8Array {
  const v6 = isIPv6(from.ip)
  const source = v6 ? words(from.ip) : from.ip.split('.').map(Number)
  const target = v6 ? words(to.ip) : to.ip.split('.').map(Number)
  const header = [...u16(from.port), ...u16(to.port), ...u32(seq), ...u32(ack), 5 << 4, flags, ...u16(window)]
  const length = 20 + payload.length
  const pseudo = v6 ? [...source, ...target, ...u32(length), ...u32(6)] : [...source, ...target, 0, 6, ...u16(length)]
  const sum = checksum(join(pseudo, header, u32(0), payload))
  const segment = join(header, u16(sum), u16(0), payload)
  const [type, packet] = v6
    ? [0x86dd, join([0x60, 0, 0, 0], u16(length), [6, 64], source, target, segment)]
    : [0x0800, join(ipv4Header(source, target, 20 + length), segment)]
  return tag === undefined ? ethernet(type, packet) : ethernet(0x8100, vlan(tag, type, packet))
}

function ipv4Header(source: readonly number[], target: readonly number[], total: number): number[] {
  const header = [0x45, 0, ...u16(total), 0, 0, 0x40, 0, 64, 6, 0, 0, ...source, ...target]
  const [high, low] = u16(checksum(Uint8Array.from(header)))
  return header.with(10, high!).with(11, low!)
}

/** RFC 1071: the complement of the one's complement sum of 16-bit words. */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** The 16 bytes of an IPv6 address. */
function words(ip: string): number[] {
  const [head = '', tail] = ip.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...zeros, ...after].flatMap(u16)
}

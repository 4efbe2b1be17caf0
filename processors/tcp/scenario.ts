/** Random connections, and what networks and captures do to them. For tests: the same random numbers, the same packets. */
import { ACK, FIN, PSH, RST, SYN } from '#schemas/records/segment.ts'
import type { Packet } from './packets.ts'

type Random = () => number
type Bare = Omit<Packet, 'time'>

/** µs between two packets: a whole scenario stays within every wait of the default configuration. */
export const STEP = 10

const letters = (random: Random, length: number) => Uint8Array.from({ length }, () => 97 + Math.floor(random() * 26))

/** A connection from SYN to FIN, RST or nothing, as it left the hosts. Initial sequence numbers near the wrap, often. */
export function conversation(random: Random): Bare[] {
  const near = (n: number) => (random() < 0.5 ? n - Math.floor(random() * 40) : Math.floor(random() * 2 ** 32)) >>> 0
  const next = [near(2 ** 32), near(2 ** 31)] as [number, number]
  const packets: Bare[] = []
  const say = (dir: 0 | 1, flags: number, data: Uint8Array = new Uint8Array(0)) => {
    const ack = flags === SYN ? 0 : next[dir === 0 ? 1 : 0]
    packets.push({ dir, flags, seq: next[dir], ack, data })
    next[dir] = (next[dir] + data.length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0
  }
  say(0, SYN, random() < 0.2 ? letters(random, 5) : undefined)
  say(1, SYN | ACK)
  say(0, ACK)
  for (let turns = Math.floor(random() * 6); turns > 0; turns--) {
    const dir = random() < 0.5 ? 0 : 1
    for (let n = 1 + Math.floor(random() * 4); n > 0; n--)
      say(dir, ACK | PSH, letters(random, 1 + Math.floor(random() * 12)))
    if (random() < 0.8) say(dir === 0 ? 1 : 0, ACK)
  }
  const ending = random()
  if (ending < 0.5) {
    const dir = random() < 0.5 ? 0 : 1
    say(dir, FIN | ACK)
    if (random() < 0.5) say(dir === 0 ? 1 : 0, ACK | PSH, letters(random, 7))
    say(dir === 0 ? 1 : 0, FIN | ACK, random() < 0.3 ? letters(random, 3) : undefined)
    say(dir, ACK)
  } else if (ending < 0.75) {
    const dir = random() < 0.5 ? 0 : 1
    say(dir, RST | ACK)
  }
  return packets
}

export interface Disturbance {
  /** Packets move by at most so many places. */
  readonly reorder?: number
  /** Share of packets that come again. */
  readonly repeat?: number
  /** Share of data packets that are cut differently, with overlap. */
  readonly recut?: number
  /** Share of packets that are never captured. */
  readonly lose?: number
}

/** What arrives. Order of packets at the same place is kept. */
export function disturb(packets: readonly Bare[], random: Random, how: Disturbance): Bare[] {
  const { reorder = 0, repeat = 0, recut = 0, lose = 0 } = how
  const arrivals: { packet: Bare; place: number }[] = []
  for (const [i, packet] of packets.entries()) {
    const copies = random() < lose ? 0 : random() < repeat ? 2 : 1
    for (let n = 0; n < copies; n++) {
      for (const part of random() < recut ? cut(packet, random) : [packet]) {
        arrivals.push({ packet: part, place: i + random() * reorder })
      }
    }
  }
  return arrivals.sort((x, y) => x.place - y.place).map(({ packet }) => packet)
}

/** The same bytes in two segments that overlap. */
function cut(packet: Bare, random: Random): Bare[] {
  const data = packet.data ?? new Uint8Array(0)
  if (data.length < 2 || (packet.flags & SYN) !== 0) return [packet]
  const from = Math.floor(random() * data.length)
  const to = from + Math.floor(random() * (data.length - from))
  return [
    { ...packet, flags: packet.flags & ~FIN, data: data.subarray(0, to) },
    { ...packet, seq: (packet.seq + from) >>> 0, data: data.subarray(from) },
  ]
}

/** Packets in order of arrival, STEP µs apart. */
export function timed(packets: readonly Bare[], since = 1_000_000): Packet[] {
  return packets.map((packet, i) => ({ ...packet, time: since + i * STEP, packet: i + 1 }))
}

/**
 * What happens to packets between two hosts and a capture file, from a seed: the same numbers, the same damage.
 *
 *   damage(packets, mulberry32(seed), { lose: 0.05, reorder: 4, repeat: 0.05, overlap: 0.02 })
 *
 * The hosts are not asked: TCP delivered everything, and the capture lacks it, or has it twice, or in another order. Capture
 * times stay sorted: packets that trade places trade times.
 */
import type { Packet } from '#test/driver/packets.ts'
import { retimed } from '#test/driver/packets.ts'

export interface Damage {
  /** Share of packets that were never captured. */
  readonly lose?: number
  /** Packets move by fewer places than this. */
  readonly reorder?: number
  /** Share of packets that come again, up to `reorder` places later. */
  readonly repeat?: number
  /** Share of packets with payload that come as two which overlap, with the same bytes. */
  readonly overlap?: number
  /** Share of packets with payload that come again, at once, with other bytes (forged, or a broken sender). */
  readonly forge?: number
}

export type Random = () => number

/** `packets` in order of capture, as a damaged capture would have them. */
export function damage(packets: readonly Packet[], random: Random, how: Damage): Packet[] {
  const { lose = 0, reorder = 0, repeat = 0, overlap = 0, forge = 0 } = how
  const arrivals: { readonly packet: Packet; readonly place: number }[] = []
  for (const [i, packet] of packets.entries()) {
    const copies = (random() < lose ? 0 : 1) + (random() < repeat ? 1 : 0)
    const parts = random() < overlap ? overlapping(packet, random) : [packet]
    const forged = random() < forge ? [garbled(packet, random)] : []
    for (let n = 0; n < copies; n++) {
      const place = i + random() * reorder
      for (const part of [...parts, ...forged]) arrivals.push({ packet: part, place })
    }
  }
  const moved = arrivals.toSorted((a, b) => a.place - b.place).map(({ packet }) => packet)
  return retimed(moved)
}

/** The same payload in two packets, some of it in both. */
function overlapping(packet: Packet, random: Random): Packet[] {
  const { payload, seq } = packet
  if (payload.length < 2) return [packet]
  const from = Math.floor(random() * payload.length)
  const to = from + Math.floor(random() * (payload.length - from))
  return [
    { ...packet, payload: payload.subarray(0, Math.max(1, to)) },
    { ...packet, seq: (seq + from) >>> 0, payload: payload.subarray(from) },
  ]
}

/** One byte of the payload is another one. */
function garbled(packet: Packet, random: Random): Packet {
  const payload = packet.payload.slice()
  const at = Math.floor(random() * payload.length)
  if (payload.length > 0) payload[at] = payload[at]! ^ (1 + Math.floor(random() * 255))
  return { ...packet, payload }
}

/** Golden scenarios changed at random in ways that must, or may, change what comes out. */
import { FIN, PSH, RST, SYN } from '#schemas/records/segment.ts'
import type { Frame } from '#test/driver/captures.ts'
import { type Packet, recordOf, retimed } from '#test/driver/packets.ts'
import type { Scenario } from '#test/golden/scenarios/scenario.ts'

export type Random = () => number

const below = (random: Random, end: number): number => Math.floor(random() * end)

/** The same streams in other segments: payloads are cut in pieces of random sizes, down to single bytes. */
export function resegmented(packets: readonly Packet[], random: Random): Packet[] {
  const most = 1 + below(random, 60)
  return packets.flatMap(packet =>
    packet.snaplen === undefined ? cut(packet, () => 1 + below(random, most)) : [packet],
  )
}

function cut(packet: Packet, size: () => number): Packet[] {
  const { payload, seq, flags } = packet
  const pieces: Packet[] = []
  let at = 0
  do {
    const end = Math.min(at + size(), payload.length)
    const last = end >= payload.length
    pieces.push({
      ...packet,
      seq: (seq + at) >>> 0,
      flags: last ? flags : flags & ~(FIN | PSH),
      payload: payload.subarray(at, end),
    })
    at = end
  } while (at < payload.length)
  return pieces
}

/** Packets of one direction overtake each other by a few places; capture times stay sorted. */
export function reordered(packets: readonly Packet[], random: Random): Packet[] {
  const moved = [...packets]
  for (let swaps = 2 + below(random, packets.length); swaps > 0; swaps--) {
    const i = below(random, moved.length)
    const j = moved.findIndex((packet, at) => at > i && at <= i + 6 && sameDirection(packet, moved[i]!))
    if (j < 0 || [moved[i]!, moved[j]!].some(({ flags }) => (flags & (SYN | RST)) !== 0)) continue
    // What answers a packet is not captured before it.
    if (moved.slice(i, j).some(packet => !sameDirection(packet, moved[i]!) && sameConnection(packet, moved[i]!)))
      continue
    ;[moved[i], moved[j]] = [moved[j]!, moved[i]!]
  }
  return retimed(moved)
}

/** Some packets come again a little later; all others keep their times. `again`: payload bytes of the copies. */
export function doubled(packets: readonly Packet[], random: Random): { packets: Packet[]; again: number } {
  const out = [...packets]
  let again = 0
  for (let copies = 1 + below(random, 8); copies > 0; copies--) {
    const i = below(random, out.length)
    const packet = out[i]!
    if ((packet.flags & (SYN | RST | FIN)) !== 0) continue
    const at = Math.min(i + 1 + below(random, 4), out.length)
    out.splice(at, 0, { ...packet, time: out[at - 1]!.time })
    again += packet.payload.length
  }
  return { packets: out, again }
}

/** Frames as no network sends them: bits flipped, cut, lost, moved, doubled, at wrong times. */
export function damaged(packets: readonly Packet[], random: Random): Frame[] {
  const frames = packets.map(recordOf)
  for (let changes = 1 + below(random, 12); changes > 0 && frames.length > 0; changes--) {
    const i = below(random, frames.length)
    const frame = frames[i]!
    switch (below(random, 7)) {
      case 0:
        frames.splice(i, 1)
        break
      case 1:
        frames.splice(below(random, frames.length), 0, frame)
        break
      case 2:
        frames[i] = { ...frame, time: Math.max(0, frame.time + Math.floor((random() - 0.5) * 10 ** below(random, 12))) }
        break
      case 3:
        frames[i] = { ...frame, bytes: frame.bytes.subarray(0, below(random, frame.bytes.length + 1)) }
        break
      default:
        frames[i] = { ...frame, bytes: flipped(frame.bytes, random) }
    }
  }
  return frames
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes)
  // Headers are where it hurts.
  const within = random() < 0.5 ? Math.min(copy.length, 58) : copy.length
  if (within > 0) copy[below(random, within)]! ^= 1 << below(random, 8)
  return copy
}

/** All scenarios at once, each with addresses of its own and starting at a random moment, in order of time. */
export function mixed(scenarios: readonly Scenario[], random: Random): Packet[] {
  const all = scenarios.flatMap(({ packets }, i) => {
    const delay = below(random, 60_000)
    const move = ({ ip, port }: Packet['from']): Packet['from'] => ({
      ip: ip.replace(/^10\.0\./, `10.${i + 1}.`),
      port,
    })
    return packets().map(packet => ({
      ...packet,
      time: packet.time + delay,
      from: move(packet.from),
      to: move(packet.to),
    }))
  })
  return all.toSorted((a, b) => a.time - b.time)
}

const sameDirection = (a: Packet, b: Packet): boolean =>
  sameConnection(a, b) && a.from.port === b.from.port && a.from.ip === b.from.ip

function sameConnection(a: Packet, b: Packet): boolean {
  const ends = ({ from, to, vlan }: Packet): string =>
    [`${from.ip} ${from.port}`, `${to.ip} ${to.port}`].toSorted().join() + vlan
  return ends(a) === ends(b)
}

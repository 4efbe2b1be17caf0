/**
 * The slow obvious twin: one connection, whole, as a map from sequence position to byte. The oracle of the tests.
 *
 * What it knows: the first byte that arrives for a position wins. A direction begins at its SYN or, without one, at the
 * lowest position seen. It ends at the first FIN or RST. What is missing before something known is a gap. It has no
 * limits and no time: it answers what the stream is when everything has arrived, and nothing waited too long.
 */
import { ACK, FIN, RST, SYN } from '#schemas/records/segment.ts'
import type { Packet } from './packets.ts'

/** A direction as the twin sees it: text with `[n]` for n missing bytes, and how it ends. */
export interface Stream {
  readonly text: string
  readonly end: 'fin' | 'rst' | 'source'
}

class Direction {
  readonly bytes = new Map<number, number>()
  /** Sequence number that all positions are counted from. */
  anchor: number | null = null
  base: number | null = null
  lowest = Number.POSITIVE_INFINITY
  acked = Number.NEGATIVE_INFINITY
  endAt = Number.POSITIVE_INFINITY
  end: 'fin' | 'rst' | 'source' = 'source'

  at(seq: number): number {
    this.anchor ??= seq
    return (seq - this.anchor) | 0
  }

  begins(seq: number): void {
    this.lowest = Math.min(this.lowest, this.at(seq))
  }

  ends(at: number, end: 'fin' | 'rst'): void {
    if (this.endAt !== Number.POSITIVE_INFINITY) return
    this.endAt = at
    this.end = end
  }

  /** Position after the last byte known. */
  get known(): number {
    return Math.max(this.base ?? this.lowest, ...[...this.bytes.keys()].map(at => at + 1))
  }

  stream(): Stream {
    if (this.anchor === null) return { text: '', end: this.end }
    const from = this.base ?? this.lowest
    const acked = this.acked > this.known + 1 ? this.acked : this.known
    const to = this.endAt === Number.POSITIVE_INFINITY ? acked : this.endAt
    let text = ''
    let missing = 0
    for (let at = from; at < to; at++) {
      const byte = this.bytes.get(at)
      if (byte === undefined) missing++
      else {
        if (missing > 0) text += `[${missing}]`
        missing = 0
        text += String.fromCharCode(byte)
      }
    }
    return { text: missing > 0 ? `${text}[${missing}]` : text, end: this.end }
  }
}

/** Both directions of the connection that these packets are, in order of arrival. */
export function twin(packets: readonly Packet[]): readonly [Stream, Stream] {
  const sides = [new Direction(), new Direction()] as const
  let open = false
  for (const { dir, flags, seq, ack = 0, data = new Uint8Array(0) } of packets) {
    if (!open && ((flags & RST) !== 0 || ((flags & (SYN | FIN)) === 0 && data.length === 0))) continue
    open = true
    const side = sides[dir]
    const peer = sides[dir === 0 ? 1 : 0]
    const first = (flags & SYN) !== 0 ? seq + 1 : seq
    if ((flags & SYN) !== 0) {
      side.base = side.at(first)
      if ((flags & ACK) !== 0) peer.begins(ack)
    }
    if ((flags & ACK) !== 0 && peer.anchor !== null) peer.acked = Math.max(peer.acked, peer.at(ack))
    if (data.length > 0) side.begins(first)
    for (const [i, byte] of data.entries()) {
      const at = side.at(first + i)
      if (!side.bytes.has(at)) side.bytes.set(at, byte)
    }
    if ((flags & FIN) !== 0) {
      side.begins(first + data.length)
      side.ends(side.at(first + data.length), 'fin')
    }
    if ((flags & RST) !== 0) {
      side.ends(side.at(seq), 'rst')
      peer.ends((flags & ACK) !== 0 ? Math.max(peer.known, peer.at(ack)) : peer.known, 'rst')
    }
  }
  return [sides[0].stream(), sides[1].stream()]
}

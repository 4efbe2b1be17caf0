import type { Origin } from '#schemas/records/exchange.ts'

/** Where a segment stood: the number of its frame (0: none, a timer), and its offset in the log (-1 in `read`). */
interface Stood {
  readonly packet: number
  readonly offset: number
}

/** Origin of what came between two segments. The runtime fills the partition in when it encodes. */
export function originOf(source: string, first: Stood, last: Stood): Origin {
  return {
    source,
    packets: [Math.min(first.packet, last.packet || first.packet), Math.max(first.packet, last.packet)],
    log:
      last.offset >= 0
        ? { topic: 'segments', partition: -1, offsets: [first.offset, Math.max(first.offset, last.offset)] }
        : null,
  }
}

/** What more partitions cost, and how to add them without that. */
import type { Difference } from './differences.ts'

export interface Growth {
  /** Of `segments`. */
  readonly from: number
  readonly to: number
  /** Every topic that gets more, state first: whoever starts meanwhile finds the state of every partition of `segments`. */
  readonly topics: readonly string[]
}

/** Null: no topic needs more partitions. `segments`: its name in Kafka. */
export function growthOf(differences: readonly Difference[], segments: string): Growth | null {
  const grow = differences.filter(({ mend }) => mend === 'grow')
  if (grow.length === 0) return null
  const own = grow.find(({ topic }) => topic === segments)
  const names = grow.flatMap(({ topic }) => (topic === null || topic === segments ? [] : [topic]))
  const topics = own === undefined ? names : [...names, segments]
  return { from: Number((own ?? grow[0]!).have), to: Number((own ?? grow[0]!).want), topics }
}

/**
 * Share of flows whose partition changes, 0 to 1. The partition is the hash modulo the count: `h % from === h % to` holds for
 * the smaller of the counts out of every `lcm(from, to)` hashes.
 */
export function shareMoved(from: number, to: number): number {
  const lcm = (from / gcd(from, to)) * to
  return 1 - Math.min(from, to) / lcm
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** `group`: that of processing, its name in Kafka. */
export function explainGrowth({ from, to, topics }: Growth, group: string, brokers: readonly string[]): string {
  const moved = Math.round(shareMoved(from, to) * 100)
  return `More partitions, ${from} → ${to}, in ${topics.length} topics: Kafka never takes them away again.
What it costs: a flow's partition is its hash modulo the count, so ${moved} % of the connections that are open then go on in
another partition. What is known of them stays in the old one: their exchanges of that moment end incomplete, and what
follows is picked up in the middle of the stream. Records that are stored stay where they are.
Without that:
  1. stop the capture processes (tapwire run --role capture, or all)
  2. wait until processing has read everything (a lag of 1 or 2 is the end marker of the last transaction):
     kafka-consumer-groups.sh --bootstrap-server ${brokers[0]} --describe --group ${group}
  3. stop the other processes: those that run go on with ${from}
  4. set log.partitions: ${to} for all of them, then: tapwire topics apply --grow-partitions
  5. start them
Connections that are open all that time are picked up in the middle, as with every start of a capture.
`
}

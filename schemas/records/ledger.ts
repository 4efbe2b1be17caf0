/**
 * The coverage ledger: captured bytes = inspected bytes + bytes not inspected, by reason. Exact, always:
 *
 *   captured = framing + inspected + duplicate + gap + cap + budget + unsupported + filtered + damaged + poison
 *            + dropped + pending
 *
 * The unit is captured bytes of frames. `pending` is not counted but derived: bytes that are held (reassembly queues,
 * undecided probes, unfinished messages); it is 0 when every flow has ended. `missing` stands beside the equation: bytes
 * that processing never saw, known from sequence numbers.
 */
export const REASONS = [
  /**
   * Every byte of every captured frame (pcap caplen), headers included; of what a proxy mirrors, the message and what its filter cut
   * off. Counted by the producer.
   */
  'captured',
  /** Link, network and transport headers and padding of TCP packets. */
  'framing',
  /** Payload that a protocol decoder understood and handed on. */
  'inspected',
  /** Payload that arrived before: retransmissions, overlaps, and frames with IP fragments that did. */
  'duplicate',
  /** Payload that was captured, but could not be understood because bytes before or around it are missing; IP fragments likewise. */
  'gap',
  /** Payload beyond a configured size limit (body, header). */
  'cap',
  /** Payload, and IP fragments, dropped because a table or buffer was full. */
  'budget',
  /** Frames that are no TCP over IP, and payload that no protocol decoder claims (TLS, for instance). */
  'unsupported',
  /** Frames and payload that the configuration asked to leave out. */
  'filtered',
  /** Frames whose headers contradict themselves or are cut off. */
  'damaged',
  /** Payload of records that made a processor throw: they are in `dead`. */
  'poison',
  /** Payload of live traffic that never reached the log: it was away or slow, and queue and spill were full. */
  'dropped',
  /** Not part of the sum: bytes known to have been on the wire that processing never saw (never captured, or `dropped`). */
  'missing',
] as const

export type Reason = (typeof REASONS)[number]

/** Where captured payload can end up. */
export type Fate = Exclude<Reason, 'captured' | 'missing'>

const INDEX: Readonly<Record<Reason, number>> = Object.fromEntries(REASONS.map((reason, i) => [reason, i])) as Record<
  Reason,
  number
>

/** Counters by reason. Whole numbers up to 2^53. */
export class Ledger {
  readonly #bytes = new Float64Array(REASONS.length)

  add(reason: Reason, bytes: number): void {
    this.#bytes[INDEX[reason]]! += bytes
  }

  get(reason: Reason): number {
    return this.#bytes[INDEX[reason]]!
  }

  /** Bytes that were captured and have no fate yet. Zero when everything has ended; negative is a bug. */
  get pending(): number {
    let settled = 0
    for (const reason of REASONS) if (reason !== 'captured' && reason !== 'missing') settled += this.get(reason)
    return this.get('captured') - settled
  }

  merge(other: LedgerCounts): void {
    for (const reason of REASONS) this.add(reason, other[reason] ?? 0)
  }

  /** Plain data, only the reasons that occurred. */
  counts(): LedgerCounts {
    const counts: Partial<Record<Reason, number>> = {}
    for (const reason of REASONS) if (this.get(reason) !== 0) counts[reason] = this.get(reason)
    return counts
  }

  static of(counts: LedgerCounts): Ledger {
    const ledger = new Ledger()
    ledger.merge(counts)
    return ledger
  }
}

export type LedgerCounts = Readonly<Partial<Record<Reason, number>>>

/** What the reassembly says, and where it stands while it does. Implemented by chunks.ts, and by tests. */
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import type { Config } from './config.ts'
import type { Recent } from './recent.ts'
import type { Side } from './side.ts'

/** Every anomaly of this stage: counted each time, said once per kind and connection. */
export const ANOMALIES = [
  /** Waiting segments give different bytes for the same sequence numbers. */
  'tcp.overlap-conflict',
  /** Farther than maxWindow from the expected sequence number. */
  'tcp.out-of-window',
  /** A reset that the receiver would not accept. */
  'tcp.rst-out-of-window',
  'tcp.data-after-fin',
  /** A FIN before bytes that are known already. */
  'tcp.fin-in-past',
  /** A SYN with another sequence number on a connection that lives. */
  'tcp.syn-in-connection',
  /** A SYN-ACK that answers no SYN of this connection. */
  'tcp.syn-ack-mismatch',
  /** SYN together with FIN or RST. */
  'tcp.bad-flags',
  /** Bytes that were given come again with other content, before they were acknowledged. */
  'tcp.retransmission-conflict',
  /** The sender of a reset in sequence goes on: it was forged, and not accepted. */
  'tcp.rst-ignored',
  /** The same, of a FIN that nobody acknowledged. */
  'tcp.fin-ignored',
  /** Urgent data: read in line with the rest, as most systems do when told (RFC 6093). */
  'tcp.urgent',
] as const

export type AnomalyKind = (typeof ANOMALIES)[number]

/** Where bytes came from: capture time (µs), frame number, log offset. */
export interface Place {
  readonly time: number
  readonly packet: number
  readonly offset: number
}

export interface Out {
  readonly config: Config
  /** Stream time, µs. */
  readonly now: number
  /** The segment being worked on, or the timer. */
  readonly here: Place
  /** `other`: what was said of them as `alternative` before. */
  data(of: Side, bytes: Uint8Array, other: Uint8Array | null, place: Place): void
  /** Another reading of the bytes that follow. */
  alternativeAhead(of: Side, bytes: Uint8Array, place: Place): void
  /** Another reading of the last bytes. `third`: it contradicts the alternative before it as well. */
  alternativeBehind(of: Side, bytes: Uint8Array, third: boolean): void
  gap(of: Side, missing: number, place: Place): void
  end(of: Side, reason: EndReason): void
  anomaly(of: Side, kind: AnomalyKind): void
  /** What was handed on is acknowledged. */
  release(recent: Recent): void
  settle(fate: Fate, bytes: number): void
  count(name: string): void
}

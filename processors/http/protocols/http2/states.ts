/** What a reader of one direction is made of: its states, the frame in progress, who takes it, its snapshot. */
import type { Place, Rest } from '#schemas/contracts/protocol.ts'
import type { Fate } from '#schemas/records/ledger.ts'

export const State = { Preface: 0, Header: 1, Padded: 2, Data: 3, Payload: 4, Rest: 5, Seeking: 6 } as const
export type State = (typeof State)[keyof typeof State]

/** The frame in progress. One object a reader, reused. */
export interface Frame {
  type: number
  flags: number
  stream: number
  length: number
  /** Place of its first byte. */
  first: Place
  /** Place of the last byte that was read. */
  last: Place
}

/** Who takes the frames of one direction. */
export interface FrameSink {
  /** The client said the preface: this is the beginning of the connection. */
  preface(): void
  /** A header was read. */
  began(frame: Frame): void
  /** A part of a DATA payload, padding taken off: settles it. */
  data(frame: Frame, bytes: Uint8Array, from: number, to: number): void
  /** The frame is whole. Of DATA nothing is left to say but this; of others, here is the payload. */
  complete(frame: Frame, bytes: Uint8Array, from: number, to: number): void
  /** The payload was not read, because bytes of it are missing (`gap`) or it is too long (`cap`). */
  skipped(frame: Frame, why: 'gap' | 'cap'): void
  /** `missing` bytes of a DATA payload were not captured. */
  hole(frame: Frame, missing: number): void
  /** Frames may be missing from here on. */
  lost(): void
  /** They are not any more. */
  found(): void
  anomaly(kind: string, place: Place): void
}

/** Plain data. */
export interface ReaderSnapshot {
  readonly state: State
  readonly frame: Frame
  readonly held: readonly Rest[]
  readonly left: number
  readonly padding: number
  readonly fate: Fate
  readonly inside: boolean
}

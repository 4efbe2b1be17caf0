/** What a reader of one direction is made of: its states, its side, its snapshot. */
import type { Place, Rest } from '#schemas/contracts/protocol.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import type { Draft } from '../../message/message.ts'
import type { Fields } from './fields.ts'
import type { KnownLines } from './known.ts'
import type { Found } from './seek.ts'

/** What the two directions do differently. */
export interface Side<Start> {
  /** Field lines that came before in this direction, of all connections. */
  readonly known: KnownLines
  /** First look at the bytes of a message: `simple` is an HTTP/0.9 response. */
  look(bytes: Uint8Array, at: number): 'message' | 'garbage' | 'more' | 'simple'
  seek(bytes: Uint8Array, at: number): Found
  startLine(line: string): Start | null
  /** The same for a line [from, to) of printable ASCII and tabs, `blanks` of them spaces and tabs: the short way. */
  plainStartLine(bytes: Uint8Array, from: number, to: number, blanks: number): Start | null
  /** Nothing in a line that is no start line is one. (Behind a body that should not be there, a response begins anywhere.) */
  readonly skipsLines: boolean
  /** True when no header section follows (HTTP/0.9). */
  isSimple(start: Start): boolean
  head(start: Start, fields: Fields, anomalies: string[], first: Place): Draft
  simpleHead(first: Place): Draft
  /** The head is known. Returns false when it is interim (1xx): then nothing follows and it is forgotten. */
  began(message: Draft): boolean
  complete(message: Draft): State
  /** Messages may be missing here. */
  lost(): void
}

export const State = {
  AwaitingHead: 0,
  Body: 1,
  ChunkLine: 2,
  ChunkData: 3,
  ChunkEnd: 4,
  Trailers: 5,
  UntilClose: 6,
  Seeking: 7,
  SkippingHead: 8,
  SkippingLine: 9,
  Paused: 10,
  HandedOver: 11,
  UntilNext: 12,
} as const
export type State = (typeof State)[keyof typeof State]

/** Plain data. Views into the reader: to be encoded at once. */
export interface ReaderSnapshot {
  readonly state: State
  readonly message: Draft | null
  readonly held: readonly Rest[]
  readonly remaining: number
  readonly fate: Fate
  readonly pending: readonly string[]
  readonly before: number
}

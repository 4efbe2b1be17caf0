/**
 * Flows as plain data for the checkpoint, and back. What is derived (connection, seats in the table, totals) is not
 * stored. Queued bytes belong to the queue; they are copied, since a queue under policy `last` writes into them.
 */
import type { About } from '#schemas/records/about.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Assembler } from './assembler.ts'
import { type Challenge, Flow, type Tier } from './flow.ts'
import { Gaps } from './gaps.ts'
import { type Piece, Pieces } from './pieces.ts'
import { type PlainRecent, Recent } from './recent.ts'
import type { Origin } from './sources.ts'
import { Stray } from './stray.ts'

type PlainPiece = readonly [
  at: number,
  end: number,
  bytes: Uint8Array | null,
  time: number,
  packet: number,
  offset: number,
  since: number,
  other: Uint8Array | null,
  cause: number,
]

type PlainOrigin = readonly [sensor: string, capture: string, source: string]

type PlainSide = readonly [
  state: Assembler['state'],
  next: number,
  position: number,
  start: number,
  isn: number,
  anchored: boolean,
  low: number,
  syncBy: number,
  seen: boolean,
  endAt: number,
  endReason: 'fin' | 'rst',
  endSince: number,
  acked: number,
  ackMark: number,
  ackSince: number,
  ended: EndReason | null,
  gaps: readonly number[] | null,
  stray: readonly [next: number, run: number, acked: boolean] | null,
  pieces: readonly PlainPiece[] | null,
  cut: boolean,
  endPlace: readonly [time: number, packet: number, offset: number] | null,
  recent: PlainRecent | null,
  forgiven: number,
]

type PlainFlow = readonly [
  identity: Uint8Array,
  origin: PlainOrigin,
  numbers: readonly [key: number, connectionKey: number, since: number, again: number, first: 0 | 1, last: number],
  opener: 0 | 1 | null,
  announced: boolean,
  tier: Tier,
  challenge: Challenge | null,
  said: number,
  ranks: readonly [born: number, rank: number, heldRank: number],
  a: PlainSide,
  b: PlainSide,
  /** Null: the origin alone. */
  feeding: readonly PlainOrigin[] | null,
  /** Missing in states of versions that knew of none. */
  about?: About | null,
]

/** All flows of a cell. */
export function toPlain(flow: Flow): PlainFlow[] {
  const flows: PlainFlow[] = []
  for (let f: Flow | null = flow; f !== null; f = f.other) flows.push(flowToPlain(f))
  return flows
}

/** Inverse of `toPlain`. */
export function fromPlain(plain: readonly PlainFlow[], recentBytes: number): Flow {
  let flow: Flow | null = null
  for (const one of plain.toReversed()) {
    const restored = flowFromPlain(one, recentBytes)
    restored.other = flow
    flow = restored
  }
  return flow!
}

function flowToPlain(flow: Flow): PlainFlow {
  const { identity, origin, opener, tier, challenge, said } = flow
  return [
    identity,
    originToPlain(origin),
    [flow.key, flow.connectionKey, flow.since, flow.again, flow.first, flow.last],
    opener,
    flow.connection !== null,
    tier,
    challenge,
    said,
    [flow.born, flow.rank, flow.heldRank],
    sideToPlain(flow.a),
    sideToPlain(flow.b),
    flow.feeding.length === 1 && flow.feeding[0] === origin ? null : flow.feeding.map(originToPlain),
    flow.about,
  ]
}

function flowFromPlain(plain: PlainFlow, recentBytes: number): Flow {
  const [identity, origin, numbers, opener, announced, tier, challenge, said, ranks, a, b, feeding, about = null] =
    plain
  const flow = new Flow(identity.slice(), originFromPlain(origin), ...numbers)
  if (feeding !== null) flow.feeding = feeding.map(originFromPlain)
  flow.opener = opener
  flow.about = about
  if (announced) flow.announce()
  flow.tier = tier
  flow.challenge = challenge
  flow.said = said
  ;[flow.born, flow.rank, flow.heldRank] = ranks
  sideFromPlain(flow.a, a, recentBytes)
  sideFromPlain(flow.b, b, recentBytes)
  return flow
}

function originToPlain({ sensor, capture, source }: Origin): PlainOrigin {
  return [sensor, capture, source]
}

function originFromPlain([sensor, capture, source]: PlainOrigin): Origin {
  return { sensor, capture, source }
}

function sideToPlain(side: Assembler): PlainSide {
  return [
    side.state,
    side.next,
    side.position,
    side.start,
    side.isn,
    side.anchored,
    side.low,
    side.syncBy,
    side.seen,
    side.endAt,
    side.endReason,
    side.endSince,
    side.acked,
    side.ackMark,
    side.ackSince,
    side.ended,
    side.gaps === null ? null : [...side.gaps.edges],
    side.stray === null ? null : [side.stray.next, side.stray.run, side.stray.acked],
    side.pieces === null ? null : side.pieces.list.map(pieceToPlain),
    side.cut,
    side.endPlace === null ? null : [side.endPlace.time, side.endPlace.packet, side.endPlace.offset],
    side.recent === null ? null : side.recent.toPlain(),
    side.forgiven,
  ]
}

function sideFromPlain(side: Assembler, plain: PlainSide, recentBytes: number): void {
  let gaps: PlainSide[16]
  let stray: PlainSide[17]
  let pieces: PlainSide[18]
  let place: PlainSide[20]
  let recent: PlainSide[21]
  ;[
    side.state,
    side.next,
    side.position,
    side.start,
    side.isn,
    side.anchored,
    side.low,
    side.syncBy,
    side.seen,
    side.endAt,
    side.endReason,
    side.endSince,
    side.acked,
    side.ackMark,
    side.ackSince,
    side.ended,
    gaps,
    stray,
    pieces,
    side.cut,
    place,
    recent,
    side.forgiven,
  ] = plain
  side.gaps = gaps === null ? null : new Gaps(gaps)
  side.stray = stray === null ? null : new Stray(...stray)
  side.pieces = pieces === null ? null : new Pieces(pieces.map(pieceFromPlain))
  side.endPlace = place === null ? null : { time: place[0], packet: place[1], offset: place[2] }
  side.recent = recent === null ? null : Recent.fromPlain(recent, side, recentBytes)
}

function pieceToPlain(piece: Piece): PlainPiece {
  const { at, end, bytes, time, packet, offset, since, other, cause } = piece
  return [at, end, bytes?.slice() ?? null, time, packet, offset, since, other?.slice() ?? null, cause]
}

/** The bytes are views of the decoded checkpoint: copied, or each would pin all of it. */
function pieceFromPlain(plain: PlainPiece): Piece {
  const [at, end, bytes, time, packet, offset, since, other, cause] = plain
  return { at, end, bytes: bytes?.slice() ?? null, time, packet, offset, since, other: other?.slice() ?? null, cause }
}

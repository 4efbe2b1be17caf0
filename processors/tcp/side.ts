/** What is known of one direction of a connection, and the questions about it. assembler.ts changes it. */
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Config } from './config.ts'
import type { Flow } from './flow.ts'
import type { Gaps } from './gaps.ts'
import type { Place } from './out.ts'
import type { Pieces } from './pieces.ts'
import type { Recent } from './recent.ts'
import { distance } from './seq.ts'
import type { Stray } from './stray.ts'

/** States, named by what is awaited; drawn in assembler.ts. */
export const AwaitingStart = 0
export const Open = 1
export const Ended = 2

export class Side {
  readonly flow: Flow
  readonly dir: 0 | 1
  state: typeof AwaitingStart | typeof Open | typeof Ended = AwaitingStart
  /** Sequence number expected next (AwaitingStart: that of position 0, once anchored). */
  next = 0
  position = 0
  /** Position of the first byte that belongs to this direction. */
  start = 0
  /** Initial sequence number from the SYN; -1 when none was seen. */
  isn = -1
  /** AwaitingStart: positions have a meaning. `low`: the lowest position seen. */
  anchored = false
  low = 0
  syncBy = Number.POSITIVE_INFINITY
  /** A segment of this direction was seen. */
  seen = false
  /** Position of FIN or RST. */
  endAt = Number.POSITIVE_INFINITY
  endReason: 'fin' | 'rst' = 'fin'
  endSince = Number.POSITIVE_INFINITY
  /** The other direction was reset: nobody takes what comes here. */
  cut = false
  /** Where the FIN or RST was captured that may end this direction. */
  endPlace: Place | null = null
  /** Highest position the receiver acknowledged, and since when this covers everything before `ackMark`. */
  acked = Number.NEGATIVE_INFINITY
  ackMark = 0
  ackSince = Number.POSITIVE_INFINITY
  pieces: Pieces | null = null
  gaps: Gaps | null = null
  stray: Stray | null = null
  /** Bytes of the other direction wait for this one before here no more. */
  forgiven = Number.NEGATIVE_INFINITY
  /** What was handed on and is not acknowledged; null when everything is, or there was no room. */
  recent: Recent | null = null
  ended: EndReason | null = null

  constructor(flow: Flow, dir: 0 | 1) {
    this.flow = flow
    this.dir = dir
  }

  /** True when a segment at `next` can be given on without looking at anything else. */
  get calm(): boolean {
    return this.state === Open && this.pieces === null && this.endAt === Number.POSITIVE_INFINITY
  }

  get held(): number {
    return this.pieces === null ? 0 : this.pieces.held
  }

  get cost(): number {
    return this.pieces === null ? 0 : this.pieces.cost
  }

  /** Position of a sequence number near the expected one. */
  locate(seq: number): number {
    return this.position + distance(this.next, seq)
  }

  /** When something has to be decided, if nothing comes (stream time, µs). */
  deadline(config: Config): number {
    if (this.state === AwaitingStart) return this.syncBy
    // Nobody is there to acknowledge a FIN.
    if (this.ending && this.endReason === 'fin' && this.alone) return this.endSince + config.gapWait
    const first = this.first
    if (first === Number.POSITIVE_INFINITY || this.state === Ended) return Number.POSITIVE_INFINITY
    const since = this.pieces === null ? this.endSince : this.pieces.list[0]!.since
    if (first === this.position) return this.pieces!.list[0]!.since + config.gapWait
    const reset = this.cut || (this.endAt !== Number.POSITIVE_INFINITY && this.endReason === 'rst')
    const alone = this.alone || reset
    return Math.min(this.ackSince, alone ? since : Number.POSITIVE_INFINITY) + config.gapWait
  }

  /** True when a SYN with base `base` can stand before what is known of this direction. */
  startsAt(base: number, config: Config): boolean {
    if (!this.anchored) return true
    const ahead = (this.state === AwaitingStart ? this.low : this.start) - this.locate(base)
    return ahead >= 0 && ahead <= config.maxWindow
  }

  /** True when nothing but a SYN was seen. */
  get untouched(): boolean {
    return this.calm && this.position === this.start
  }

  /** True when it has ended, or a FIN or RST says that it will. */
  get closing(): boolean {
    return this.state === Ended || this.cut || this.endAt !== Number.POSITIVE_INFINITY
  }

  /** Everything before the FIN or RST was given; whether it is believed: ending.ts. */
  get ending(): boolean {
    return this.state === Open && this.position >= this.endAt
  }

  /** True when nothing is expected of it any more. */
  get done(): boolean {
    return this.state === Ended || this.cut || (this.position >= this.endAt && this.endReason === 'rst')
  }

  /** The other direction was never seen: nobody will acknowledge. */
  get alone(): boolean {
    return !this.flow.peer(this.dir).seen
  }

  /** Something waits, for whatever. */
  get unfinished(): boolean {
    if (this.state === AwaitingStart) return this.anchored
    return this.state === Open && this.first !== Number.POSITIVE_INFINITY
  }

  /** The next bytes are there, and wait for what they answer (cause.ts). */
  get waits(): boolean {
    return this.state === Open && this.pieces !== null && this.first === this.position
  }

  /** Position of what stands behind the hole at `position`; Infinity when nothing is known to. */
  get first(): number {
    if (this.pieces !== null) return this.pieces.list[0]!.at
    return this.ending ? Number.POSITIVE_INFINITY : this.endAt
  }
}

/**
 * One direction of a connection: puts segments in order, without I/O or clock.
 *
 *                     SYN, or first bytes of a `stream`
 *   AwaitingStart ───────────────────────────────────────► Open ── FIN or RST, when believed ────────► Ended
 *     │ bytes: held; lowest sequence is the base after      │ ▲    (ending.ts)                           ▲
 *     └─ syncWait, syncBytes, or acknowledged ──────────────┘ │ bytes in order: given on                 │
 *                                                             │ others: held until the hole before       │
 *                                                             │ them is filled or given up               │
 *   any state ── the connection ends otherwise (idle, evicted, reused, source) ──────────────────────────┘
 *
 * A hole is looked at only when something is known to stand behind it (bytes, FIN, RST). It is given up when
 *  - the receiver acknowledged beyond it, and then gapWait passed or gapSegments wait behind it,
 *  - the other direction was never seen, or a reset stands behind it, and gapWait passed,
 *  - what waits exceeds flowBuffer or flowSegments, or the task's bufferBytes (table.ts),
 *  - the connection ends.
 *
 * Invariants
 *  1. Positions are numbers that do not wrap; `next` is the sequence number of `position`.
 *  2. Open: every piece starts after `position`, or at it and waits for the other direction (cause.ts). Ended: none.
 *  3. Every payload byte is settled, given to `out.data`, or held in `pieces`: exactly one of them.
 */
import type { EndReason } from '#schemas/records/chunk.ts'
import { caused, NO_CAUSE } from './cause.ts'
import { believed, contradicted, reasonOf, reopen } from './ending.ts'
import { Gaps } from './gaps.ts'
import type { Out, Place } from './out.ts'
import { Pieces } from './pieces.ts'
import { repeated } from './repeated.ts'
import { advance, distance } from './seq.ts'
import { AwaitingStart, Ended, Open, Side } from './side.ts'
import { Stray } from './stray.ts'

export class Assembler extends Side {
  /** The first byte of this direction has sequence number `base`: a SYN said so, or a `stream` began. */
  open(base: number, isn: number, out: Out): void {
    const at = this.anchored ? this.locate(base) : 0
    this.isn = isn
    this.anchored = true
    this.next = base
    this.position = at
    this.start = at
    this.state = Open
    this.syncBy = Number.POSITIVE_INFINITY
    if (this.endAt < at) this.endAt = Number.POSITIVE_INFINITY
    if (this.pieces !== null) {
      out.settle('damaged', this.pieces.trim(at) + this.pieces.cut(at + out.config.maxWindow))
      this.#drain(out)
    }
    this.#progress(out)
  }

  /** The receiver's SYN says which byte it expects first; perhaps our SYN comes later. */
  hint(base: number, out: Out): void {
    if (this.state !== AwaitingStart) return
    this.#await(base, out)
  }

  /**
   * Payload `bytes` at `seq`; `wire` bytes of it were on the wire. `ordered`: the source guarantees order, so that a
   * hole will never be filled. `cause`: the position of the other direction that comes before (cause.ts).
   */
  data(seq: number, bytes: Uint8Array, wire: number, ordered: boolean, cause: number, out: Out): void {
    if (this.state === AwaitingStart) {
      if (ordered) this.open(seq, -1, out)
      else if (!this.#await(seq, out)) {
        this.#strayed(seq, bytes, out)
        return
      }
    }
    const { maxWindow } = out.config
    const far = !ordered && Math.abs(this.locate(seq) - this.position) > maxWindow
    if (far && !this.#resumed(seq, out)) {
      this.#strayed(seq, bytes, out)
      return
    }
    const most = ordered ? Number.POSITIVE_INFINITY : bytes.length + maxWindow
    this.#place(this.locate(seq), bytes, Math.min(wire, most), cause, out)
    while (ordered && this.pieces !== null) this.giveUp(out)
  }

  /** A FIN or RST at `seq`, payload before it already handed in. `certain`: the source says so, not the network. */
  close(seq: number, reason: 'fin' | 'rst', certain: boolean, out: Out): void {
    if (this.state === Ended) return
    if (this.state === AwaitingStart && !this.#await(seq, out)) {
      out.anomaly(this, 'tcp.out-of-window')
      return
    }
    const at = this.locate(seq)
    if (!certain && Math.abs(at - this.position) > out.config.maxWindow) {
      out.anomaly(this, 'tcp.out-of-window')
      return
    }
    if (this.endAt !== Number.POSITIVE_INFINITY) {
      // A reset behind its own FIN: the FIN was real.
      if (reason === 'rst' && this.ending && this.endReason === 'fin' && at > this.endAt) this.#end('fin', out)
      return
    }
    const known = this.pieces?.end ?? (this.state === Open ? this.position : at)
    if (at < known) {
      out.anomaly(this, reason === 'fin' ? 'tcp.fin-in-past' : 'tcp.rst-out-of-window')
      return
    }
    this.endAt = at
    this.endReason = reason
    this.endSince = out.now
    this.endPlace = { ...out.here }
    if (certain) this.finish(reason, out)
    else this.#progress(out)
  }

  /** A reset by the other side, which has got everything before `acked`. */
  cutOff(acked: number | null, out: Out): void {
    if (this.state === Ended) return
    this.cut = true
    this.endPlace ??= { ...out.here }
    if (acked !== null) this.acknowledged(acked, out)
  }

  /** The receiver has everything before `ack`. */
  acknowledged(ack: number, out: Out): void {
    if (!this.anchored || this.state === Ended) return
    const at = this.locate(ack)
    if (Math.abs(at - this.position) > out.config.maxWindow) {
      this.stray?.acknowledged(ack)
      return
    }
    if (at >= this.position && this.recent !== null) out.release(this.recent)
    if (at <= this.acked) return
    this.acked = at
    if (this.state === Open) {
      this.#progress(out)
      return
    }
    if (this.pieces !== null && at >= this.pieces.end) {
      this.syncBy = Math.min(this.syncBy, out.now + out.config.syncAckWait)
    }
  }

  /** Its deadline has come. */
  decide(out: Out): void {
    if (this.ending) this.#end(this.endReason, out)
    else this.giveUp(out)
  }

  /** The other direction has come further: gives what has waited for that. False: nothing. */
  follow(out: Out): boolean {
    if (!this.waits || !caused(this.pieces!.list[0]!, this.flow.peer(this.dir))) return false
    this.#drain(out)
    this.#progress(out)
    return true
  }

  /** The first wait is over, for a start, a cause or a hole: gives a gap if there is one, and what stands behind it. */
  giveUp(out: Out): void {
    if (this.state === AwaitingStart) {
      this.#synchronise(out)
      return
    }
    const first = this.first
    if (this.waits) this.flow.peer(this.dir).forgiven = this.pieces!.list[0]!.cause
    this.#skip(first - this.position, this.pieces?.list[0] ?? out.here, out)
    this.#drain(out)
    this.#progress(out)
  }

  /** The connection ends: gives everything it holds, then the end. */
  finish(reason: EndReason, out: Out): void {
    while (this.unfinished) this.giveUp(out)
    if (this.state === Ended) return
    // One byte beyond may be a FIN, seen or not, which is acknowledged like a byte.
    if (this.state === Open && this.acked > this.position + 1) this.#skip(this.acked - this.position, out.here, out)
    this.#end(reasonOf(this, reason), out)
  }

  /** The connection is evicted: what it holds is dropped, and said so. */
  discard(out: Out): void {
    if (this.state === Ended) return
    out.settle('budget', this.held)
    this.pieces = null
    this.#end(reasonOf(this, 'evicted'), out)
  }

  /** Takes `seq` as a candidate for the start; false when it is far from the others. */
  #await(seq: number, out: Out): boolean {
    if (!this.anchored) {
      this.anchored = true
      this.next = seq
    }
    const at = this.locate(seq)
    if (Math.abs(at - this.position) > out.config.maxWindow) return false
    this.low = Math.min(this.low, at)
    this.syncBy = Math.min(this.syncBy, out.now + out.config.syncWait)
    return true
  }

  #synchronise(out: Out): void {
    this.open(advance(this.next, this.low - this.position), -1, out)
  }

  /** Payload whose position is believed, and how much of it was on the wire. */
  #place(at: number, bytes: Uint8Array, wire: number, cause: number, out: Out): void {
    let tail = at + Math.max(wire, bytes.length)
    if (contradicted(this, tail)) reopen(this, out)
    if (this.state === Ended) {
      const known = Math.min(bytes.length, Math.max(0, this.position - at))
      this.#refuse(bytes.length - known, out)
      bytes = bytes.subarray(0, known)
      tail = at
    }
    if (this.state !== AwaitingStart && at < this.position) {
      const known = Math.min(bytes.length, this.position - at)
      repeated(this, at, bytes.subarray(0, known), out)
      bytes = bytes.subarray(known)
      at = this.position
    }
    const end = at + bytes.length
    if (Math.max(end, tail) <= at) return
    if (this.state === Open && at === this.position && this.pieces === null && cause === NO_CAUSE) {
      if (end > at) this.#give(bytes, out.here, out)
      if (tail > end) this.#skip(tail - end, out.here, out)
      this.#progress(out)
      return
    }
    this.#hold(at, end, tail, bytes, cause, out)
  }

  #hold(at: number, end: number, tail: number, bytes: Uint8Array, cause: number, out: Out): void {
    const { time, packet, offset } = out.here
    const place = { time, packet, offset, since: out.now, cause }
    const pieces = (this.pieces ??= new Pieces())
    if (end > at) {
      pieces.insert(at, end, bytes, out.config.overlap, place)
      if (pieces.duplicate > 0) out.settle('duplicate', pieces.duplicate)
      if (pieces.conflict) out.anomaly(this, 'tcp.overlap-conflict')
    }
    if (tail > end) pieces.insert(end, tail, null, out.config.overlap, place)
    if (this.state === AwaitingStart) {
      if (pieces.held > out.config.syncBytes || this.#full(out)) this.#synchronise(out)
      return
    }
    this.#drain(out)
    this.#progress(out)
    while (this.pieces !== null && this.#full(out)) {
      out.count('tcp.flow-buffer.full')
      this.giveUp(out)
    }
    while (this.pieces !== null && this.pieces.length >= out.config.gapSegments) {
      if (this.ackSince > out.now && !this.waits) break
      this.giveUp(out)
    }
  }

  #full(out: Out): boolean {
    return this.held > out.config.flowBuffer || this.pieces!.length > out.config.flowSegments
  }

  /** Gives the pieces that are in order now, and that everything was given for which they answer. */
  #drain(out: Out): void {
    const peer = this.flow.peer(this.dir)
    while (this.pieces !== null && this.pieces.list[0]?.at === this.position && caused(this.pieces.list[0], peer)) {
      const piece = this.pieces.shift()
      if (this.pieces.length === 0) this.pieces = null
      if (piece.bytes === null) this.#skip(piece.end - piece.at, piece, out)
      else this.#give(piece.bytes, piece, out, piece.other)
    }
    if (this.pieces?.length === 0) this.pieces = null
  }

  /** Takes up what follows from a new position. */
  #progress(out: Out): void {
    if (this.pieces?.length === 0) this.pieces = null
    if (this.state !== Open) return
    if (believed(this)) this.#end(this.endReason, out)
    else this.#watch(out)
  }

  /** Keeps `ackSince`: since when the receiver has had everything before what stands behind the hole. */
  #watch(out: Out): void {
    const first = this.first
    if (this.acked < first || first === Number.POSITIVE_INFINITY || first === this.position) {
      this.ackSince = Number.POSITIVE_INFINITY
      return
    }
    if (this.ackSince !== Number.POSITIVE_INFINITY && this.ackMark >= first) return
    this.ackSince = out.now
    this.ackMark = this.acked
  }

  #give(bytes: Uint8Array, place: Place, out: Out, other: Uint8Array | null = null): void {
    this.position += bytes.length
    this.next = advance(this.next, bytes.length)
    if (other !== null) out.alternativeAhead(this, other, place)
    out.data(this, bytes, other, place)
  }

  #skip(missing: number, place: Place, out: Out): void {
    if (missing <= 0) return
    this.gaps ??= new Gaps()
    this.gaps.add(this.position, this.position + missing)
    this.position += missing
    this.next = advance(this.next, missing)
    out.gap(this, missing, place)
  }

  #end(reason: EndReason, out: Out): void {
    this.state = Ended
    this.ended = reason
    this.pieces = null
    this.ackSince = Number.POSITIVE_INFINITY
    this.syncBy = Number.POSITIVE_INFINITY
    out.end(this, reason)
  }

  /** Bytes behind the end of the direction. */
  #refuse(bytes: number, out: Out): void {
    if (bytes === 0) return
    out.settle('damaged', bytes)
    if ((this.ended ?? this.endReason) === 'fin') out.anomaly(this, 'tcp.data-after-fin')
  }

  #strayed(seq: number, bytes: Uint8Array, out: Out): void {
    out.settle('damaged', bytes.length)
    out.anomaly(this, 'tcp.out-of-window')
    this.stray ??= new Stray()
    this.stray.note(seq, bytes.length)
  }

  /** The capture lost more than a window, and the stream goes on at `seq` (stray.ts). */
  #resumed(seq: number, out: Out): boolean {
    if (this.state !== Open || !this.stray?.leadsTo(seq, this.alone)) return false
    while (this.pieces !== null) this.giveUp(out)
    if (this.state !== Open) return false
    this.#skip(distance(this.next, seq) >>> 0, out.here, out)
    this.stray = null
    return true
  }
}

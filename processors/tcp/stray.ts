/**
 * Segments outside the window. They are refused, but when the capture itself lost more than a window, the stream goes on
 * there and would never be followed again. So their end is remembered, and a segment that continues them is believed if
 *  - the receiver acknowledged exactly that end: it, unlike a receiver of forged segments, has everything before, or
 *  - there is no receiver in this capture, and RUN segments stood in a row.
 */
import { advance } from './seq.ts'

const RUN = 3

export class Stray {
  /** Sequence number after the last stray; -1 when there is none. */
  next: number
  run: number
  acked: boolean

  constructor(next = -1, run = 0, acked = false) {
    this.next = next
    this.run = run
    this.acked = acked
  }

  note(seq: number, length: number): void {
    this.run = seq === this.next ? this.run + 1 : 1
    this.next = advance(seq, length)
    this.acked = false
  }

  acknowledged(ack: number): void {
    if (ack === this.next) this.acked = true
  }

  /** True when a segment at `seq` is where the stream goes on. */
  leadsTo(seq: number, oneWay: boolean): boolean {
    return seq === this.next && (this.acked || (oneWay && this.run >= RUN))
  }
}

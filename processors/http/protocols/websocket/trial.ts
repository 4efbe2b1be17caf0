/**
 * Finds out where frames begin after bytes are missing. Nothing marks a frame, but senders write whole ones: a packet mostly
 * begins with one. So from the beginning of a packet frames are read on trial, and nothing is made of them:
 *
 *   a chain of FRAMES frames, each as this direction has to send it, the last of which ends with its packet  ──►  found
 *   a header that cannot be  ──►  another trial with the next packet
 *
 * Random bytes pass for one frame's header in about one case of sixty. What a client writes into a payload can pass for a
 * chain: he hides or forges his own messages only, and only where the capture has a hole that he cannot know of.
 */
import type { Direction, Place } from '#schemas/contracts/protocol.ts'
import { type Frame, HEADER, headerLength, isControl, parseFrame, plausible } from './frame.ts'

const FRAMES = 4
/** A longer frame is not waited for on trial. */
const LONGEST = 65_535

/** Plain data. */
export interface TrialSnapshot {
  readonly place: Place | null
  readonly runs: boolean
  readonly head: Uint8Array
  readonly payload: number
  readonly frames: number
  readonly open: boolean | null
}

export class Trial {
  readonly #dir: Direction
  readonly #compression: boolean
  /** Where the last bytes came from. */
  #place: Place | null = null
  #runs = false
  readonly #head = new Uint8Array(HEADER)
  #headLength = 0
  /** Payload bytes still to come. */
  #payload = 0
  #frames = 0
  /** A message is unfinished; null when nobody knows. */
  #open: boolean | null = null

  constructor(dir: Direction, compression: boolean) {
    this.#dir = dir
    this.#compression = compression
  }

  /** True when a frame begins with the first of these bytes: they are not read then. */
  begins(place: Place): boolean {
    const last = this.#place
    if (last !== null && last.packet === place.packet && last.offset === place.offset && last.time === place.time)
      return false
    this.#place = place
    const between = this.#headLength === 0 && this.#payload === 0
    if (this.#runs && between && this.#frames >= FRAMES) return true
    if (!this.#runs) this.#start()
    return false
  }

  read(bytes: Uint8Array): void {
    let at = 0
    while (this.#runs && at < bytes.length) {
      if (this.#payload > 0) {
        const take = Math.min(this.#payload, bytes.length - at)
        this.#payload -= take
        at += take
      } else this.#header(bytes[at++]!)
    }
  }

  /** Bytes are missing: what was on trial is void. */
  stop(): void {
    this.#runs = false
  }

  #start(): void {
    this.#runs = true
    this.#headLength = 0
    this.#payload = 0
    this.#frames = 0
    this.#open = null
  }

  #header(byte: number): void {
    this.#head[this.#headLength++] = byte
    if (this.#headLength < 2 || this.#headLength < headerLength(this.#head)) return
    this.#headLength = 0
    const frame = parseFrame(this.#head)
    if (frame.length > LONGEST || !plausible(frame, this.#dir, this.#compression) || !this.#follows(frame)) {
      this.#runs = false
      return
    }
    this.#frames++
    this.#payload = frame.length
  }

  /** A message is continued if it is not finished, and only then. */
  #follows({ opcode, fin }: Frame): boolean {
    if (isControl(opcode)) return true
    if (this.#open !== null && this.#open !== (opcode === 0)) return false
    this.#open = !fin
    return true
  }

  snapshot(): TrialSnapshot {
    return {
      place: this.#place,
      runs: this.#runs,
      head: this.#head.slice(0, this.#headLength),
      payload: this.#payload,
      frames: this.#frames,
      open: this.#open,
    }
  }

  restore({ place, runs, head, payload, frames, open }: TrialSnapshot): void {
    this.#place = place
    this.#runs = runs
    this.#head.set(head)
    this.#headLength = head.length
    this.#payload = payload
    this.#frames = frames
    this.#open = open
  }
}

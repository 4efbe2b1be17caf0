/**
 * One connection: two directions and what both have in common.
 *
 *             SYN, SYN-ACK or payload
 *   (nothing) ──────────────────────► HalfOpen ── its first side speaks again after the other ──► Established
 *                                        │                                                         │      ▲
 *                                        └── both directions ended, or a reset says so ────┬───────┘      │ the reset
 *                                                                                          ▼              │ was forged
 *   forgotten ◄── linger passed, or a limit ────────────────────────────────────────────── Closed ────────┘
 *
 *   HalfOpen, Established ── silence (idle), a limit (evicted), end of the source ──► forgotten
 *   any state ── a SYN that begins something new (handshake.ts) ──► forgotten, and a new flow takes its place
 *
 * Whatever stays silent for its timeout goes: halfOpenTimeout before anything was given, closingTimeout once a side has
 * ended or is about to, idleTimeout otherwise.
 */
import type { About } from '#schemas/records/about.ts'
import type { Connection } from '#schemas/records/chunk.ts'
import { parseIdentity } from '#schemas/records/flow.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { Assembler } from './assembler.ts'
import type { Config } from './config.ts'
import type { Out } from './out.ts'
import { Ended } from './side.ts'
import { type Origin, sameOrigin } from './sources.ts'
import type { Seat } from './table.ts'

/** Most sources that are remembered as feeding one flow; the end of a further one ends nothing. */
const FEEDING = 4

export const HalfOpen = 0
export const Established = 1
export const Closed = 2
export type Tier = typeof HalfOpen | typeof Established | typeof Closed

/** A SYN that was ignored: the answer of the other side tells whether it was real. */
export interface Challenge {
  readonly dir: 0 | 1
  readonly seq: number
}

export class Flow {
  readonly identity: Uint8Array
  readonly origin: Origin
  /** Key of its cell. */
  readonly key: number
  /** Key of its connection: the cell's, unless another flow of the cell has it. */
  readonly connectionKey: number
  /** Time of the first packet, µs. */
  readonly since: number
  /** How many connections of this identity began at the same µs before: keeps ids apart. */
  readonly again: number
  /** Who is held responsible for this flow at the bound: the side that began it. */
  readonly first: 0 | 1
  opener: 0 | 1 | null = null
  readonly a = new Assembler(this, 0)
  readonly b = new Assembler(this, 1)
  tier: Tier = HalfOpen
  /** Stream time of the last segment, µs. */
  last: number
  challenge: Challenge | null = null
  /** What its producer said of it. */
  about: About | null = null
  /** The sources that feed it and have not ended. The first one names it. */
  feeding: readonly Origin[]
  /** Bit per kind of anomaly that was said. */
  said = 0
  /** Order of birth, of the entry into its tier, and of the beginning of what it holds: see table.ts. */
  born = 0
  rank = 0
  heldRank = 0
  seat: Seat | null = null
  /** Null until something is said about the connection: a scan costs no names. */
  connection: Connection | null = null
  /** The next flow in the same cell: other identity, same key. */
  other: Flow | null = null

  constructor(
    identity: Uint8Array,
    origin: Origin,
    key: number,
    connectionKey: number,
    since: number,
    again: number,
    first: 0 | 1,
    last: number,
  ) {
    this.identity = identity
    this.origin = origin
    this.key = key
    this.connectionKey = connectionKey
    this.since = since
    this.again = again
    this.first = first
    this.last = last
    this.feeding = [origin]
  }

  /** Takes note that a segment came from `origin`. */
  fed(origin: Origin): void {
    const at = this.feeding.findIndex(one => sameOrigin(one, origin))
    // The same object for all flows makes the next comparison cheap: after a restart it is another one.
    if (at < 0) {
      if (this.feeding.length < FEEDING) this.feeding = [...this.feeding, origin]
    } else if (this.feeding[at] !== origin) this.feeding = this.feeding.with(at, origin)
  }

  /** A source has ended. True when it was the last one that fed this flow. */
  starved(origin: Origin): boolean {
    const left = this.feeding.filter(one => !sameOrigin(one, origin))
    if (left.length === this.feeding.length) return false
    this.feeding = left
    return left.length === 0
  }

  side(dir: 0 | 1): Assembler {
    return dir === 0 ? this.a : this.b
  }

  peer(dir: 0 | 1): Assembler {
    return dir === 0 ? this.b : this.a
  }

  get closed(): boolean {
    return this.a.state === Ended && this.b.state === Ended
  }

  /** Nothing is expected any more: both have ended, or a reset says so. */
  get over(): boolean {
    return this.a.done && this.b.done
  }

  get held(): number {
    return this.a.held + this.b.held
  }

  get cost(): number {
    return this.a.cost + this.b.cost
  }

  /** Gives what one direction has that waited for the other. */
  follow(out: Out): void {
    if (this.a.pieces === null && this.b.pieces === null) return
    while (this.a.follow(out) || this.b.follow(out));
  }

  /** Decides what is due now. */
  due(out: Out): void {
    const isDue = (side: Assembler) => side.deadline(out.config) <= out.now
    for (let side = this.#first(isDue); side !== null; side = this.#first(isDue)) {
      side.decide(out)
      this.follow(out)
    }
  }

  /** Gives everything that waits. */
  flush(out: Out): void {
    const holds = (side: Assembler) => side.unfinished
    for (let side = this.#first(holds); side !== null; side = this.#first(holds)) {
      side.giveUp(out)
      this.follow(out)
    }
  }

  /** Of both directions the first that is such; one that waits for the other comes after it. */
  #first(such: (side: Assembler) => boolean): Assembler | null {
    const [x, y] = this.a.waits ? [this.b, this.a] : [this.a, this.b]
    return such(x) ? x : such(y) ? y : null
  }

  /** What its producer says of it. Chunks that were given already keep what they were given with. */
  learn(about: About): void {
    this.about = about
    if (this.connection !== null) this.announce()
  }

  /** The connection as others see it from now on. */
  announce(): Connection {
    const hex = Buffer.from(this.identity.buffer, this.identity.byteOffset, this.identity.length).toString('hex')
    const parts = [this.origin.sensor, hex, String(this.since)]
    if (this.again > 0) parts.push(String(this.again))
    this.connection = {
      id: deterministicId(...parts),
      key: this.connectionKey,
      ...parseIdentity(this.identity),
      opener: this.opener,
      ...this.origin,
      since: this.since,
      ...(this.about === null ? {} : { about: this.about }),
    }
    return this.connection
  }

  /** Stream time at which it is over if nothing comes. */
  expiry(config: Config): number {
    return this.last + this.#patience(config)
  }

  /** Stream time at which something has to be decided if nothing comes. */
  deadline(config: Config): number {
    return Math.min(this.expiry(config), this.a.deadline(config), this.b.deadline(config))
  }

  #patience(config: Config): number {
    if (this.tier === Closed) return config.linger
    if (this.closing) return config.closingTimeout
    return this.tier === Established || this.connection !== null ? config.idleTimeout : config.halfOpenTimeout
  }

  /** A FIN or RST says that it will be over. */
  get closing(): boolean {
    return this.a.closing || this.b.closing
  }

  /** True the first time for each kind. */
  says(kind: number): boolean {
    const bit = 1 << kind
    if ((this.said & bit) !== 0) return false
    this.said |= bit
    return true
  }
}

/**
 * All open flows of a task, and who goes first when there is no room.
 *
 *   a flow must go:      1. a closed one, remembered only for late segments     2. a half-open one
 *                        3. of the oldest few established ones, the one silent for longest
 *   memory is needed:    the flow that has been holding segments for longest gives up its first hole
 *   everywhere the address with the most of them pays first (fair.ts): who opens a million half streams evicts himself
 *
 * Derived from the flows alone: `born`, `rank` and `heldRank` say in which order they entered, survive a restart, and
 * their order (not their values) decides.
 */
import { bucketOf, FairQueue, type Link } from './fair.ts'
import { Closed, Established, type Flow, HalfOpen, type Tier } from './flow.ts'

/** How many of the oldest established flows of an address are compared for their silence. */
const COMPARED = 8

/** A flow's places in the queues. */
export interface Seat {
  readonly bucket: number
  link: Link<Flow>
  holding: Link<Flow> | null
  held: number
}

export class Table {
  /** Payload bytes that wait in all flows. */
  held = 0
  readonly #tiers: readonly FairQueue<Flow>[] = [new FairQueue(), new FairQueue(), new FairQueue()]
  readonly #holding = new FairQueue<Flow>()
  #serial = 1

  /** Flows that survived a restart. */
  constructor(flows: readonly Flow[] = []) {
    for (const flow of flows.toSorted((x, y) => x.rank - y.rank)) this.#seat(flow)
    for (const flow of flows.toSorted((x, y) => x.heldRank - y.heldRank)) this.#hold(flow, flow.cost)
    for (const flow of flows) this.#serial = Math.max(this.#serial, flow.born + 1, flow.rank + 1, flow.heldRank + 1)
  }

  get size(): number {
    return this.#tiers.reduce((sum, tier) => sum + tier.size, 0)
  }

  get halfOpen(): number {
    return this.#tiers[HalfOpen]!.size
  }

  /** Memory of all that waits, bytes. */
  get cost(): number {
    return this.#holding.weight
  }

  /** Oldest first. */
  flows(): Flow[] {
    return this.#tiers.flatMap(tier => [...tier.items()]).sort((x, y) => x.born - y.born)
  }

  add(flow: Flow): void {
    flow.born = this.#serial++
    flow.rank = flow.born
    this.#seat(flow)
  }

  move(flow: Flow, tier: Tier): void {
    const seat = flow.seat!
    this.#tiers[flow.tier]!.remove(seat.link)
    flow.tier = tier
    flow.rank = this.#serial++
    seat.link = this.#tiers[tier]!.add(flow, seat.bucket, 1)
  }

  /** Takes note of what the flow holds now. */
  account(flow: Flow): void {
    const { cost } = flow
    const seat = flow.seat!
    if (cost === 0 && seat.holding === null) return
    if (seat.holding === null) flow.heldRank = this.#serial++
    this.#hold(flow, cost)
  }

  remove(flow: Flow): void {
    const seat = flow.seat!
    this.#tiers[flow.tier]!.remove(seat.link)
    if (seat.holding !== null) this.#holding.remove(seat.holding)
    this.held -= seat.held
    flow.seat = null
  }

  /** Who makes room for another half-open flow. */
  oldestHalfOpen(): Flow | null {
    return this.#tiers[HalfOpen]!.first()?.item ?? null
  }

  /** Who makes room for another flow. */
  expendable(): Flow | null {
    const idle = this.#tiers[Closed]!.first() ?? this.#tiers[HalfOpen]!.first()
    if (idle !== null) return idle.item
    let candidate = this.#tiers[Established]!.first()
    let silent = candidate
    for (let i = 0; i < COMPARED && candidate !== null; i++) {
      if (candidate.item.last < silent!.item.last) silent = candidate
      candidate = candidate.later
    }
    return silent?.item ?? null
  }

  /** Who gives something up when memory is short. */
  holder(): Flow | null {
    return this.#holding.first()?.item ?? null
  }

  #seat(flow: Flow): void {
    const bucket = accountable(flow)
    const link = this.#tiers[flow.tier]!.add(flow, bucket, 1)
    flow.seat = { bucket, link, holding: null, held: 0 }
  }

  #hold(flow: Flow, cost: number): void {
    const seat = flow.seat!
    this.held += flow.held - seat.held
    seat.held = flow.held
    if (cost === 0) {
      if (seat.holding !== null) this.#holding.remove(seat.holding)
      seat.holding = null
    } else if (seat.holding === null) seat.holding = this.#holding.add(flow, seat.bucket, cost)
    else this.#holding.weigh(seat.holding, cost)
  }
}

/** Bucket of the address that began the flow: of IPv6 the first 64 bits, since whoever has one address has all of those. */
function accountable(flow: Flow): number {
  const { identity, first } = flow
  const six = identity[0] === 6
  const at = first === 0 ? 1 : six ? 19 : 7
  return bucketOf(identity, at, at + (six ? 8 : 4))
}

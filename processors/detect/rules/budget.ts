/**
 * What the rules of packs cost, in steps: characters that a rule was tried on, times what it does per character. Steps are
 * counted and not nanoseconds, so that the same input gives the same answer on every machine and at every replay.
 *
 *        steps in a window of exchanges > limit for each of them
 *   in force ─────────────────────────────────────────────────► quarantined: not tried, counted
 *        ◄────────────────────────────────────────────────────
 *                      `PAUSE` of stream time is over
 *
 * The pause ends by itself because whoever sends the traffic could otherwise switch a rule off for good.
 */
import type { Cell, Ctx } from '#schemas/contracts/processor.ts'

/** Exchanges. */
const WINDOW = 1024
/** µs of stream time. */
const PAUSE = 600_000_000

/** What a rule is known by: `<pack>@<hash>` and its id, so that an edited rule starts anew. */
interface Costed {
  readonly id: string
  readonly pack: string
}

/** What survives a restart. */
export interface Spent {
  exchanges: number
  /** In this window, by rule. */
  readonly steps: Map<string, number>
  /** Quarantined rules, and when that ends (µs of stream time). */
  readonly out: Map<string, number>
}

const KEY = 'rules'

export class Budget {
  readonly #limit: number
  #cell: Cell<Spent> | null = null
  #spent: Spent = newSpent()
  readonly #shadows: string[] = []
  /** Rules that went over the limit in this exchange. */
  #over: string[] = []

  /** `limit`: steps per exchange that a rule may take on average. */
  constructor(limit: number) {
    this.#limit = limit
  }

  isOut(rule: Costed): boolean {
    return this.#spent.out.size > 0 && this.#spent.out.has(keyOf(rule))
  }

  spend(rule: Costed, steps: number): void {
    const key = keyOf(rule)
    const before = this.#spent.steps.get(key) ?? 0
    this.#spent.steps.set(key, before + steps)
    const most = this.#limit * WINDOW
    if (before <= most && before + steps > most) this.#over.push(key)
  }

  /** An experimental rule found something. */
  shadow({ id }: { readonly id: string }): void {
    this.#shadows.push(id)
  }

  /** Ids of the experimental rules that found something since the last call. */
  takeShadows(): readonly string[] {
    return this.#shadows.splice(0)
  }

  /** Before each exchange. */
  begin(ctx: Ctx<Spent>): void {
    if (this.#cell === null) {
      this.#cell = ctx.state.get(KEY) ?? ctx.state.open(KEY, newSpent())
      this.#spent = this.#cell.value
    }
    for (const [key, until] of this.#spent.out) if (until <= ctx.now) this.#spent.out.delete(key)
  }

  /** After each exchange. */
  settle(ctx: Ctx<Spent>): void {
    for (const id of this.takeShadows()) ctx.count(`detect.shadow.${id}`)
    const spent = this.#spent
    for (const key of this.#over) {
      spent.out.set(key, ctx.now + PAUSE)
      ctx.count(`detect.rules.quarantined.${idIn(key)}`)
    }
    this.#over = []
    if (++spent.exchanges >= WINDOW) {
      for (const [key, steps] of spent.steps) ctx.count(`detect.rules.steps.${idIn(key)}`, steps)
      spent.steps.clear()
      spent.exchanges = 0
    }
    ctx.state.touch(this.#cell!)
  }
}

export function newSpent(): Spent {
  return { exchanges: 0, steps: new Map(), out: new Map() }
}

/** Plain data, and back. */
export function snapshotSpent({ exchanges, steps, out }: Spent): unknown {
  return { exchanges, steps: [...steps], out: [...out] }
}

export function restoreSpent(plain: unknown): Spent {
  const { exchanges, steps, out } = plain as { exchanges: number; steps: [string, number][]; out: [string, number][] }
  return { exchanges, steps: new Map(steps), out: new Map(out) }
}

function idIn(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}

function keyOf({ pack, id }: Costed): string {
  return `${pack}/${id}`
}

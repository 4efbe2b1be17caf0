/**
 * The detect stage with rules: what is found by detectors and by the rules of packs, minus what exceptions take back. New
 * rules can come between any two exchanges; what they cost is remembered across restarts.
 */
import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Ctx, Processor } from '#schemas/contracts/processor.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Config } from '../config.ts'
import { compileInspection, type Inspect } from '../inspection.ts'
import { Detect } from '../stage.ts'
import { Budget, restoreSpent, type Spent, snapshotSpent } from './budget.ts'
import { compilePack } from './pack.ts'
import { RuleSet } from './set.ts'

export class Ruled implements Processor<Exchange, Spent> {
  readonly #decoders: readonly DecoderSpec[]
  readonly #detectors: readonly DetectorSpec[]
  #budget!: Budget
  #detect!: Detect
  #inspect!: Inspect
  #hasRules = false

  /** Throws `ConfigError` when a pack is broken. */
  constructor(config: Config, decoders: readonly DecoderSpec[], detectors: readonly DetectorSpec[]) {
    this.#decoders = decoders
    this.#detectors = detectors
    this.configure(config)
  }

  process(exchange: Exchange, ctx: Ctx<Spent>): void {
    const view = this.#inspect(exchange, ctx)
    if (view === null) return
    if (this.#hasRules) this.#budget.begin(ctx)
    this.#detect.process(view.exchange, ctx as unknown as Ctx, view.response)
    if (this.#hasRules) this.#budget.settle(ctx)
  }

  /** From the next exchange on, this holds. Throws `ConfigError` when a pack is broken; then the old rules go on. */
  configure(config: Config): void {
    const { sources, enable, disable, maxSteps } = config.rules
    const set = new RuleSet(sources.map(compilePack), { enable, disable })
    const budget = new Budget(maxSteps)
    const detect = new Detect(
      config,
      this.#decoders,
      [...this.#detectors, ...set.detectors(budget)],
      (exchange, found, ctx) => set.decide(exchange, found, budget, one => ctx.count(`detect.ignored.${one.attack}`)),
    )
    this.#inspect = compileInspection(config.inspection)
    this.#budget = budget
    this.#detect = detect
    this.#hasRules = set.rules.length > 0
  }

  snapshot(spent: Spent): unknown {
    return snapshotSpent(spent)
  }

  restore(plain: unknown): Spent {
    return restoreSpent(plain)
  }
}

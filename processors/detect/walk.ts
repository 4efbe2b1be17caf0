/**
 * Takes values apart, recursively and within the budget of one exchange, and runs the detectors that the sieve names.
 *
 * Depth first: what decoders yield is examined before the text it came from, so that a rule which matches both is
 * reported once, where the value is most decoded. Recursion is bounded by `maxDepth`. A decoder that is no container is
 * asked when the sieve says that it could find something.
 */
import type { Decoded, DecoderLimits, DecoderSpec, DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Attack } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Budget, type Limit } from './budget.ts'
import type { Config } from './config.ts'
import { namesOf } from './names.ts'
import type { Found } from './record.ts'
import type { Sieve } from './sieve.ts'

/** Findings of an exchange that are kept although others name the same rule. Reported are `maxDetections`. */
const MOST_FOUND = 1024

/** How a value is looked at. Masks: bit n is the n-th detector or decoder. */
interface Look {
  readonly depth: number
  /** Detectors that look at it. */
  readonly hits: number
  /** Those of them that look at it for its name. */
  readonly named: number
  /** Decoders that could make something new of it. */
  readonly woken: number
  readonly root: Root
}

/** A value with all its readings: as it stands, and what decoders that are no containers make of it. */
class Root {
  /** What was found from here on was found in one of the readings. */
  readonly since: number
  readonly #readings = new Set<string>()

  constructor(since: number) {
    this.since = since
  }

  /** Two ways can lead to one reading, and a token is the same in each reading of what is around it. */
  isNew(reading: string): boolean {
    if (this.#readings.has(reading)) return false
    this.#readings.add(reading)
    return true
  }
}

interface Asked {
  readonly decoder: DecoderSpec
  /** In masks. */
  readonly bit: number
}

export class Walk {
  /** What was found in the exchange, most decoded first. */
  readonly found: Found[] = []
  /** Values handed to detectors so far. */
  inspections = 0

  readonly #config: Config
  readonly #sieve: Sieve
  readonly #decoders: readonly Asked[]
  readonly #detectors: readonly DetectorSpec[]
  readonly #named: (suffix: readonly string[]) => number
  readonly #budget: Budget
  readonly #decoderLimits: { -readonly [name in keyof DecoderLimits]: DecoderLimits[name] }
  #exchange!: Exchange

  constructor(config: Config, sieve: Sieve, decoders: readonly DecoderSpec[], detectors: readonly DetectorSpec[]) {
    this.#config = config
    this.#sieve = sieve
    this.#decoders = decoders
      .map((decoder, n) => ({ decoder, bit: 1 << n }))
      .toSorted((a, b) => Number(b.decoder.container ?? false) - Number(a.decoder.container ?? false))
    this.#detectors = detectors
    this.#named = namesOf(detectors)
    this.#budget = new Budget(config, (bomb, point) => this.#report('data_bomb', bomb, point))
    this.#decoderLimits = { nesting: config.maxNesting, values: config.maxValues }
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange
    this.#budget.begin()
    if (this.found.length > 0) this.found.length = 0
  }

  /** Limits that were hit in the exchange. */
  get limits(): ReadonlySet<Limit> {
    return this.#budget.limits
  }

  /** Characters that decoders and detectors were given since the beginning: what a test of linearity counts. */
  get steps(): number {
    return this.#budget.steps
  }

  /** Nothing found, no limit hit. */
  get idle(): boolean {
    return this.found.length === 0 && this.limits.size === 0
  }

  /** Takes what was found without looking at values. */
  add(found: readonly Found[]): void {
    this.found.push(...found)
  }

  /** Examines a value as it stands in the request. */
  visit(point: readonly string[], text: string): void {
    this.#budget.bring(text.length)
    this.#yielded([], point, text, { depth: 0, named: 0, root: null })
  }

  /** The same for a text that the sieve has just scanned. */
  visitScanned(point: readonly string[], text: string): void {
    this.#budget.bring(text.length)
    if (!this.#budget.spend(point, text.length)) return
    const named = this.#named(point)
    const { hits, woken } = this.#sieve
    this.#examine(point, text, { depth: 0, hits: hits | named, named, woken, root: new Root(this.found.length) })
  }

  /** What `visit` did showed nothing to any detector, and met no limit. */
  isEmpty(visit: () => void): boolean {
    const { inspections, limits } = this
    const found = this.found.length
    const met = limits.size
    visit()
    return this.inspections === inspections && this.found.length === found && limits.size === met
  }

  /** The same, also when nothing in it interests a detector: it may be a bomb. */
  visitContainer(point: readonly string[], text: string): void {
    this.#budget.bring(text.length)
    this.#sieve.scan(text)
    const { hits, woken } = this.#sieve
    this.#examine(point, text, { depth: 0, hits, named: 0, woken, root: new Root(this.found.length) })
  }

  /** Examines a value whose parts were examined before: what the same rule found in them is not said again. */
  visitUnlessFound(point: readonly string[], text: string): void {
    const before = this.found.length
    this.visit(point, text)
    this.#dropKnown(before)
  }

  /** Could text without anything of interest still be a bomb to one of the decoders that fit it? */
  crowded(point: readonly string[], text: string): boolean {
    for (const { decoder } of this.#decoders) {
      if (decoder.crowded?.(text, this.#decoderLimits) && decoder.fits(text, point, this.#exchange)) return true
    }
    return false
  }

  /** False when the budget is spent. */
  #yielded(
    parent: readonly string[],
    suffix: readonly string[],
    text: string,
    { depth, named: inherited, root }: Pick<Look, 'depth' | 'named'> & { readonly root: Root | null },
  ): boolean {
    if (!this.#budget.spend(parent, text.length)) return false
    this.#sieve.scan(text)
    const { woken } = this.#sieve
    const named = this.#named(suffix) | inherited
    const hits = this.#sieve.hits | named
    if (hits === 0 && woken === 0) return true
    const before = this.found.length
    this.#examine([...parent, ...suffix], text, { depth, hits, named, woken, root: root ?? new Root(before) })
    if (suffix.at(-1) === 'pollution') this.#dropKnown(before)
    return true
  }

  #examine(point: readonly string[], text: string, look: Look): void {
    let whole = false
    for (const { decoder, bit } of this.#decoders) {
      if (!decoder.container && (look.woken & bit) === 0 && !(decoder.unwoken && look.hits !== 0)) continue
      if (!decoder.fits(text, point, this.#exchange)) continue
      if (decoder.dear && !this.#budget.spendDear()) continue
      if (look.depth >= this.#config.maxDepth) {
        this.#budget.limits.add('depth')
        break
      }
      if (this.#decode(decoder, point, text, look) !== 'part') whole = true
      if (decoder.container) break
    }
    const looking = whole ? look.named : look.hits
    if (looking !== 0) this.#inspect(point, text, looking, look.root.since)
  }

  #decode(decoder: DecoderSpec, point: readonly string[], text: string, look: Look): Decoded {
    this.#budget.read(text.length)
    this.#decoderLimits.chars = this.#budget.left
    const outcome = decoder.decode(
      text,
      point,
      this.#decoderLimits,
      (suffix, part) => {
        const depth = look.depth + 1
        if (decoder.container) return this.#yielded(point, suffix, part, { depth, named: 0, root: null })
        // The same value in another writing has the same name.
        return !look.root.isNew(part) || this.#yielded(point, suffix, part, { ...look, depth })
      },
      finding => {
        if (!this.#isKnown(finding.rule, look.root.since))
          this.#report(finding.attack, finding, [...point, decoder.name])
      },
      this.#exchange,
    )
    if (outcome !== 'whole' && outcome !== 'part') this.#budget.stopped(outcome, [...point, decoder.name], text)
    return outcome
  }

  /** Says each rule once for all readings of a value. */
  #inspect(point: readonly string[], text: string, hits: number, since: number): void {
    const lower = text.toLowerCase()
    const value = { point, text }
    this.inspections++
    for (let left = hits; left !== 0; left &= left - 1) {
      const detector = this.#detectors[Math.clz32(left & -left) ^ 31]!
      this.#budget.read(text.length)
      detector.inspect(value, lower, this.#exchange, finding => {
        if (!this.#isKnown(finding.rule, since)) this.#report(finding.attack ?? detector.attack, finding, point)
      })
    }
  }

  /** Of what was found since `from`, keeps the rules that nothing before it named. */
  #dropKnown(from: number): void {
    for (const one of this.found.splice(from)) if (!this.#isKnown(one.finding.rule, 0)) this.found.push(one)
  }

  #isKnown(rule: string, from: number): boolean {
    for (let i = from; i < this.found.length; i++) if (this.found[i]!.finding.rule === rule) return true
    return false
  }

  /** Beyond `MOST_FOUND` only what no other finding says: looking through them must not cost more than finding them. */
  #report(attack: Attack, finding: Finding, point: readonly string[]): void {
    if (this.found.length < MOST_FOUND || !this.#isKnown(finding.rule, 0)) this.found.push({ attack, finding, point })
  }
}

/**
 * Takes values apart, recursively and within the budget of one exchange, and runs the detectors that the sieve names.
 *
 * Depth first: what decoders yield is examined before the text it came from, so that a rule which matches both is
 * reported once, where the value is most decoded. Recursion is bounded by `maxDepth`.
 */
import type { DecoderLimits, DecoderSpec, DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Attack } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Config } from './config.ts'
import { namesOf } from './names.ts'
import { EVIDENCE, type Found } from './record.ts'
import type { Sieve } from './sieve.ts'

export type Limit = 'depth' | 'nesting' | 'values' | 'chars'

export class Walk {
  /** What was found in the exchange, most decoded first. */
  readonly found: Found[] = []
  /** Limits that were hit in the exchange. */
  readonly limits = new Set<Limit>()

  readonly #config: Config
  readonly #sieve: Sieve
  readonly #decoders: readonly DecoderSpec[]
  readonly #detectors: readonly DetectorSpec[]
  readonly #named: (suffix: readonly string[]) => number
  readonly #decoderLimits: DecoderLimits
  #exchange!: Exchange
  #values = 0
  #chars = 0
  #input = 0

  constructor(config: Config, sieve: Sieve, decoders: readonly DecoderSpec[], detectors: readonly DetectorSpec[]) {
    this.#config = config
    this.#sieve = sieve
    this.#decoders = decoders.toSorted((a, b) => Number(b.container ?? false) - Number(a.container ?? false))
    this.#detectors = detectors
    this.#named = namesOf(detectors)
    this.#decoderLimits = { nesting: config.maxNesting, values: config.maxValues }
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange
    this.#values = 0
    this.#chars = 0
    this.#input = 0
    if (this.idle) return
    this.found.length = 0
    this.limits.clear()
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
    this.#input += text.length
    this.#yielded([], point, text, 0)
  }

  /** The same, also when nothing in it interests a detector: it may be a bomb. */
  visitContainer(point: readonly string[], text: string): void {
    this.#input += text.length
    this.#sieve.scan(text)
    this.#examine(point, text, 0, this.#sieve.hits, 0)
  }

  /** Examines a value whose parts were examined before: what the same rule found in them is not said again. */
  visitUnlessFound(point: readonly string[], text: string): void {
    const before = this.found.length
    this.visit(point, text)
    this.#dropKnown(before)
  }

  /** Could text without anything of interest still be a bomb to one of the decoders that fit it? */
  crowded(point: readonly string[], text: string): boolean {
    for (const decoder of this.#decoders) {
      if (decoder.crowded?.(text, this.#decoderLimits) && decoder.fits(text, point, this.#exchange)) return true
    }
    return false
  }

  /** False when the budget is spent. */
  #yielded(parent: readonly string[], suffix: readonly string[], text: string, depth: number): boolean {
    if (!this.#spend(parent, text.length)) return false
    this.#sieve.scan(text)
    const { wake } = this.#sieve
    const named = this.#named(suffix)
    const hits = this.#sieve.hits | named
    if (hits === 0 && !wake) return true
    const before = this.found.length
    this.#examine([...parent, ...suffix], text, depth, hits, named)
    if (suffix.at(-1) === 'pollution') this.#dropKnown(before)
    return true
  }

  /** `hits` are the detectors to look at the text, `named` those of them that look at it for its name. */
  #examine(point: readonly string[], text: string, depth: number, hits: number, named: number): void {
    const before = this.found.length
    let whole = false
    for (const decoder of this.#decoders) {
      if (!decoder.fits(text, point, this.#exchange)) continue
      if (depth >= this.#config.maxDepth) {
        this.limits.add('depth')
        break
      }
      const outcome = decoder.decode(
        text,
        point,
        this.#decoderLimits,
        (suffix, part) => this.#yielded(point, suffix, part, depth + 1),
        finding => {
          if (!this.#isKnown(finding.rule, before)) this.#report(finding.attack, finding, [...point, decoder.name])
        },
      )
      if (outcome === 'too-deep') this.#tooDeep([...point, decoder.name], text)
      if (outcome === 'too-large') this.#tooLarge([...point, decoder.name], text)
      if (outcome === 'too-many') this.#tooMany([...point, decoder.name])
      if (outcome !== 'part') whole = true
      if (decoder.container) break
    }
    const looking = whole ? named : hits
    if (looking !== 0) this.#inspect(point, text, looking, before)
  }

  #inspect(point: readonly string[], text: string, hits: number, before: number): void {
    const lower = text.toLowerCase()
    const value = { point, text }
    for (const [i, detector] of this.#detectors.entries()) {
      if ((hits & (1 << i)) === 0) continue
      detector.inspect(value, lower, this.#exchange, finding => {
        if (!this.#isKnown(finding.rule, before)) this.#report(finding.attack ?? detector.attack, finding, point)
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

  #report(attack: Attack, finding: Finding, point: readonly string[]): void {
    this.found.push({ attack, finding, point })
  }

  #spend(point: readonly string[], chars: number): boolean {
    const { maxValues, maxChars, maxExpansion } = this.#config
    this.#values++
    this.#chars += chars
    if (this.#values > maxValues) {
      this.#tooMany(point)
      return false
    }
    if (this.#chars <= maxChars) return true
    if (!this.limits.has('chars') && this.#chars > maxExpansion * this.#input) {
      this.#bomb('expansion', 'high', point, `${this.#chars} characters from ${this.#input}`)
    }
    this.limits.add('chars')
    return false
  }

  #tooDeep(point: readonly string[], text: string): void {
    this.limits.add('nesting')
    this.#bomb('nesting', 'high', point, text)
  }

  #tooLarge(point: readonly string[], text: string): void {
    this.limits.add('chars')
    this.#bomb('expansion', 'high', point, text)
  }

  #tooMany(point: readonly string[]): void {
    if (this.limits.has('values')) return
    this.limits.add('values')
    this.#bomb('values', 'high', point, `more than ${this.#config.maxValues} values`)
  }

  #bomb(
    what: 'values' | 'expansion' | 'nesting',
    severity: Finding['severity'],
    point: readonly string[],
    evidence: string,
  ): void {
    const why = {
      values:
        'The request holds more values than any form or document of ordinary size, which exhausts servers that build a tree of them.',
      expansion: 'Decoding multiplies the size of the request, which exhausts servers that decode it.',
      nesting: 'The document is nested deeper than any ordinary one, which exhausts the stack of recursive parsers.',
    }[what]
    this.#report(
      'data_bomb',
      { rule: `data_bomb.${what}`, severity, evidence: evidence.slice(0, EVIDENCE), why },
      point,
    )
  }
}

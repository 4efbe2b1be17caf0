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
import type { Config } from './config.ts'
import { namesOf } from './names.ts'
import { EVIDENCE, type Found } from './record.ts'
import type { Sieve } from './sieve.ts'

export type Limit = 'depth' | 'nesting' | 'values' | 'chars' | 'work'

/** What a request may become however short it is, characters: 50 times very little is little. */
const LEAST_CHARS = 64 * 1024

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
  /** Decoders that are not to be asked: what they would give is found the other way round. */
  readonly asleep: number
  /** What was found from here on was found in readings of the same value. */
  readonly since: number
}

interface Asked {
  readonly decoder: DecoderSpec
  /** In masks. */
  readonly bit: number
}

export class Walk {
  /** What was found in the exchange, most decoded first. */
  readonly found: Found[] = []
  /** Limits that were hit in the exchange. */
  readonly limits = new Set<Limit>()
  /** Values handed to detectors so far. */
  inspections = 0
  /** Characters that decoders and detectors were given since the beginning: what a test of linearity counts. */
  steps = 0

  readonly #config: Config
  readonly #sieve: Sieve
  readonly #decoders: readonly Asked[]
  readonly #detectors: readonly DetectorSpec[]
  readonly #named: (suffix: readonly string[]) => number
  readonly #decoderLimits: { -readonly [name in keyof DecoderLimits]: DecoderLimits[name] }
  #exchange!: Exchange
  #values = 0
  #chars = 0
  #input = 0
  #work = 0

  constructor(config: Config, sieve: Sieve, decoders: readonly DecoderSpec[], detectors: readonly DetectorSpec[]) {
    this.#config = config
    this.#sieve = sieve
    this.#decoders = decoders
      .map((decoder, n) => ({ decoder, bit: 1 << n }))
      .toSorted((a, b) => Number(b.decoder.container ?? false) - Number(a.decoder.container ?? false))
    this.#detectors = detectors
    this.#named = namesOf(detectors)
    this.#decoderLimits = { nesting: config.maxNesting, values: config.maxValues }
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange
    this.#values = 0
    this.#chars = 0
    this.#input = 0
    this.#work = 0
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
    this.#yielded([], point, text, 0, 0, this.found.length)
  }

  /** The same for a text that the sieve has just scanned. */
  visitScanned(point: readonly string[], text: string): void {
    this.#input += text.length
    if (!this.#spend(point, text.length)) return
    const named = this.#named(point)
    const { hits, woken } = this.#sieve
    this.#examine(point, text, { depth: 0, hits: hits | named, named, woken, asleep: 0, since: this.found.length })
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
    this.#input += text.length
    this.#sieve.scan(text)
    const { hits, woken } = this.#sieve
    this.#examine(point, text, { depth: 0, hits, named: 0, woken, asleep: 0, since: this.found.length })
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
    depth: number,
    asleep: number,
    since: number,
  ): boolean {
    if (!this.#spend(parent, text.length)) return false
    this.#sieve.scan(text)
    const { woken } = this.#sieve
    const named = this.#named(suffix)
    const hits = this.#sieve.hits | named
    if (hits === 0 && woken === 0) return true
    const before = this.found.length
    this.#examine([...parent, ...suffix], text, { depth, hits, named, woken, asleep, since })
    if (suffix.at(-1) === 'pollution') this.#dropKnown(before)
    return true
  }

  #examine(point: readonly string[], text: string, look: Look): void {
    let asleep = look.asleep
    let whole = false
    for (const asked of this.#decoders) {
      const { decoder, bit } = asked
      if ((asleep & bit) !== 0) continue
      if (!decoder.container && (look.woken & bit) === 0 && !(decoder.unwoken && look.hits !== 0)) continue
      if (!decoder.fits(text, point, this.#exchange)) continue
      if (look.depth >= this.#config.maxDepth) {
        this.limits.add('depth')
        break
      }
      if (this.#decode(asked, point, text, { ...look, asleep }) !== 'part') whole = true
      if (decoder.container) break
      if (decoder.rewrites) asleep |= bit
    }
    const looking = whole ? look.named : look.hits
    if (looking !== 0) this.#inspect(point, text, looking, look.since)
  }

  /** Two decoders that rewrite are applied in one order only: the later one is not followed by the earlier one again. */
  #decode({ decoder }: Asked, point: readonly string[], text: string, look: Look): Decoded {
    this.#read(text)
    this.#decoderLimits.chars = Math.max(0, this.#mostChars - this.#chars)
    const asleep = decoder.rewrites ? look.asleep : 0
    const outcome = decoder.decode(
      text,
      point,
      this.#decoderLimits,
      (suffix, part) => {
        const since = decoder.container ? this.found.length : look.since
        return this.#yielded(point, suffix, part, look.depth + 1, asleep, since)
      },
      finding => {
        if (!this.#isKnown(finding.rule, look.since)) this.#report(finding.attack, finding, [...point, decoder.name])
      },
      this.#exchange,
    )
    if (outcome === 'too-deep') this.#tooDeep([...point, decoder.name], text)
    if (outcome === 'too-large') this.#tooLarge([...point, decoder.name], text)
    if (outcome === 'spent') this.#spent([...point, decoder.name])
    if (outcome === 'too-many') this.#tooMany([...point, decoder.name])
    return outcome
  }

  /** Says each rule once for all readings of a value. */
  #inspect(point: readonly string[], text: string, hits: number, since: number): void {
    const lower = text.toLowerCase()
    const value = { point, text }
    this.inspections++
    for (const [i, detector] of this.#detectors.entries()) {
      if ((hits & (1 << i)) === 0) continue
      this.#read(text)
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

  #spend(point: readonly string[], chars: number): boolean {
    this.#values++
    this.#chars += chars
    if (this.#values > this.#config.maxValues) {
      this.#tooMany(point)
      return false
    }
    if (this.#work > this.#config.maxWork) {
      this.limits.add('work')
      return false
    }
    if (this.#chars <= this.#mostChars) return true
    this.#spent(point)
    return false
  }

  /** No more characters are produced. A bomb, if that is because of how little they came from. */
  #spent(point: readonly string[]): void {
    const most = this.#mostChars
    if (!this.limits.has('chars') && most < this.#config.maxChars) {
      this.#bomb('expansion', 'high', point, `more than ${most} characters from ${this.#input}`)
    }
    this.limits.add('chars')
  }

  #read(text: string): void {
    this.#work += text.length
    this.steps += text.length
  }

  /** Characters that decoders may produce from what was visited so far. */
  get #mostChars(): number {
    const { maxChars, maxExpansion } = this.#config
    return Math.min(maxChars, Math.max(LEAST_CHARS, maxExpansion * this.#input))
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

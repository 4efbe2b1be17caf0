/**
 * What one exchange may cost: values, characters that decoders produce, characters that decoders and detectors read. Nothing here
 * depends on a clock, so that the same exchange meets the same limits on every machine and whenever it is read again.
 */
import type { Decoded, Finding } from '#schemas/contracts/detector.ts'
import type { Config } from './config.ts'
import { EVIDENCE } from './record.ts'

export type Limit = 'depth' | 'nesting' | 'values' | 'chars' | 'work' | 'dear'

/** Takes a data bomb, and where it was met. */
export type Report = (finding: Finding, point: readonly string[]) => void

/** What a request may become however short it is, characters: 50 times very little is little. */
const LEAST_CHARS = 64 * 1024
/** What calling a decoder or a detector costs besides what it reads, in characters. */
const CALL = 64
/** What a value adds to the size of the request besides its characters. */
const VALUE = 32
/** Characters that may be read of any request: whatever is done with little is little. */
const LEAST_WORK = 200_000

export class Budget {
  /** Limits that were hit in the exchange. */
  readonly limits = new Set<Limit>()
  /** Characters that were read since the beginning, over all exchanges: what a test of linearity counts. */
  steps = 0

  readonly #config: Config
  readonly #report: Report
  #values = 0
  #chars = 0
  #input = 0
  #work = 0
  #dear = 0

  constructor(config: Config, report: Report) {
    this.#config = config
    this.#report = report
  }

  begin(): void {
    this.#values = 0
    this.#chars = 0
    this.#input = 0
    this.#work = 0
    this.#dear = 0
    if (this.limits.size > 0) this.limits.clear()
  }

  /** The request itself brings so many characters. */
  bring(chars: number): void {
    this.#input += chars
  }

  /** A decoder or a detector reads so many characters. */
  read(chars: number): void {
    this.#work += CALL + chars
    this.steps += chars
  }

  /** A value of so many characters is to be looked at. False: not any more. */
  spend(point: readonly string[], chars: number): boolean {
    this.#values++
    this.#chars += chars
    if (this.#values > this.#config.maxValues) this.#tooMany(point)
    else if (this.#work > this.#mostWork) this.#tooMuch(point)
    else if (this.#chars <= this.#most) return true
    else this.#spent(point)
    return false
  }

  /** A decoder of which each call is dear is to be called. False: not any more. */
  spendDear(): boolean {
    if (++this.#dear <= this.#config.maxDear) return true
    this.limits.add('dear')
    return false
  }

  /** Characters that may still be produced. */
  get left(): number {
    return Math.max(0, this.#most - this.#chars)
  }

  /** A decoder stopped, and said why. */
  stopped(why: Exclude<Decoded, 'whole' | 'part'>, point: readonly string[], text: string): void {
    switch (why) {
      case 'too-deep':
        this.limits.add('nesting')
        this.#bomb('nesting', point, text)
        break
      case 'too-large':
        this.limits.add('chars')
        this.#bomb('expansion', point, text)
        break
      case 'too-many':
        this.#tooMany(point)
        break
      case 'spent':
        this.#spent(point)
        break
      default:
        why satisfies never
    }
  }

  /** Characters that decoders may produce from what the request brought so far. */
  get #most(): number {
    const { maxChars, maxExpansion } = this.#config
    return Math.min(maxChars, Math.max(LEAST_CHARS, maxExpansion * this.#input))
  }

  /** Characters that may be read: the more the request brought and became, the more. */
  get #mostWork(): number {
    const { maxWork, maxEffort } = this.#config
    return Math.min(maxWork, LEAST_WORK + maxEffort * (this.#input + this.#chars + VALUE * this.#values))
  }

  /** No more characters are produced. A bomb, if that is because of how little they came from. */
  #spent(point: readonly string[]): void {
    const most = this.#most
    if (!this.limits.has('chars') && most < this.#config.maxChars)
      this.#bomb('expansion', point, `more than ${most} characters from ${this.#input}`)
    this.limits.add('chars')
  }

  #tooMany(point: readonly string[]): void {
    if (this.limits.has('values')) return
    this.limits.add('values')
    this.#bomb('values', point, `more than ${this.#config.maxValues} values`)
  }

  #tooMuch(point: readonly string[]): void {
    if (this.limits.has('work')) return
    this.limits.add('work')
    this.#bomb('work', point, `more than ${Math.round(this.#mostWork)} characters read of ${this.#input}`)
  }

  #bomb(what: keyof typeof BOMBS, point: readonly string[], evidence: string): void {
    const bomb = { rule: `data_bomb.${what}`, severity: 'high', evidence: evidence.slice(0, EVIDENCE) } as const
    this.#report({ ...bomb, ...BOMBS[what] }, point)
  }
}

const BOMBS = {
  values: {
    why: 'The request holds more values than any form or document of ordinary size, which exhausts servers that build a tree of them.',
    unless: 'Values fewer than maxValues are what large documents have.',
  },
  expansion: {
    why: 'Decoding multiplies the size of the request, which exhausts servers that decode it.',
    unless: 'Documents that become at most maxExpansion times as long are what compression gives.',
  },
  work: {
    why: 'The values look like attacks of so many kinds that looking through them costs many times what it costs for any ordinary request.',
    unless: 'Values that resemble one or two languages are what requests have.',
  },
  nesting: {
    why: 'The document is nested deeper than any ordinary one, which exhausts the stack of recursive parsers.',
    unless: 'Nesting up to maxNesting levels is what documents have.',
  },
} as const

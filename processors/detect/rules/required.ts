/**
 * Texts of which one stands in everything that an expression (RE2 syntax) matches: its needles for the sieve.
 *
 *   alternation = concatenation *("|" concatenation)      every branch has to have one
 *   concatenation = *(atom [quantifier])                  the best of its parts is enough
 *   atom = character / escape / class / "." / "(" alternation ")"
 *
 * Characters side by side are a run; what is optional or no single character ends it. What this does not understand is said
 * to require nothing, which is always true. Whitespace and `\s` are a space, as needles see it. Upper and lower case are one
 * (of ASCII letters).
 */

/** Needles: lower case, one of them occurs. Null: nothing is known to occur. */
export type Required = readonly string[] | null

/** More alternatives than this are no needle any more. */
const MAX_ALTERNATIVES = 64
const MAX_DEPTH = 50

/** Shorter ones occur everywhere. */
export const SHORTEST_NEEDLE = 3

export function requiredBy(expression: string): Required {
  if (expression.includes('\\Q')) return null
  try {
    const reader = new Reader(expression)
    const required = reader.alternation(0)
    return reader.isAtEnd ? required : null
  } catch (error) {
    if (error instanceof NotUnderstood) return null
    throw error
  }
}

/** The better of two that both hold: its shortest text is longer; or there are fewer. */
export function better(a: Required, b: Required): Required {
  if (a === null) return b
  if (b === null) return a
  const [m, n] = [shortestOf(a), shortestOf(b)]
  return m > n || (m === n && a.length <= b.length) ? a : b
}

/** Of two of which one holds. */
export function eitherOf(a: Required, b: Required): Required {
  if (a === null || b === null || a.length + b.length > MAX_ALTERNATIVES) return null
  return [...new Set([...a, ...b])]
}

/** The needle in a text that has to occur as it is: its longest stretch that a needle can hold. */
export function needleIn(text: string): Required {
  const longest = text
    .toLowerCase()
    .replace(/[\s+]/g, ' ')
    .split(/[^ -+\--~]/)
    .reduce((best, part) => (part.length > best.length ? part : best), '')
  return longest.length >= SHORTEST_NEEDLE ? [longest] : null
}

export function shortestOf(needles: readonly string[]): number {
  return needles.reduce((least, needle) => Math.min(least, needle.length), Number.POSITIVE_INFINITY)
}

class NotUnderstood extends Error {}

/** A single character, or a part that requires something by itself. */
type Atom = { readonly char: string } | { readonly required: Required }

const ANYTHING: Atom = { required: null }

/** Escapes that stand for no character of the text. */
const ASSERTIONS = 'bBAz'
const SETS = 'dDwWSpPC'
const CONTROLS = new Map([
  ['s', ' '],
  ['t', ' '],
  ['n', ' '],
  ['r', ' '],
  ['f', ' '],
])

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  alternation(depth: number): Required {
    if (depth > MAX_DEPTH) throw new NotUnderstood()
    let required = this.#concatenation(depth)
    while (this.#take('|')) required = eitherOf(required, this.#concatenation(depth))
    return required
  }

  #concatenation(depth: number): Required {
    let best: Required = null
    let run = ''
    const endRun = (): void => {
      best = better(best, needleIn(run))
      run = ''
    }
    while (!this.isAtEnd && this.#peek !== '|' && this.#peek !== ')') {
      const atom = this.#atom(depth)
      if (atom === null) continue
      const { least, once } = this.#quantifier()
      if ('char' in atom && least > 0) {
        run += atom.char
        if (!once) endRun()
        continue
      }
      endRun()
      if ('required' in atom && least > 0) best = better(best, atom.required)
    }
    endRun()
    return best
  }

  /** Null: it stands for no character. */
  #atom(depth: number): Atom | null {
    const char = this.#next()
    switch (char) {
      case '(':
        return this.#group(depth)
      case '[':
        return this.#class()
      case '.':
        return ANYTHING
      case '^':
      case '$':
        return null
      case '\\':
        return this.#escape()
      default:
        return { char }
    }
  }

  #group(depth: number): Atom | null {
    if (this.#take('?')) {
      const opening = /^(?:P?<\w+>|[imsU]*(?:-[imsU]+)?:)/.exec(this.#text.slice(this.#at, this.#at + 100))
      const flags = /^[imsU]*(?:-[imsU]+)?\)/.exec(this.#text.slice(this.#at, this.#at + 20))
      if (flags !== null) {
        this.#at += flags[0].length
        return null
      }
      if (opening === null) throw new NotUnderstood()
      this.#at += opening[0].length
    }
    const required = this.alternation(depth + 1)
    if (!this.#take(')')) throw new NotUnderstood()
    return { required }
  }

  #class(): Atom {
    this.#take('^')
    this.#take(']')
    for (;;) {
      const char = this.#next()
      if (char === '\\') this.#at++
      else if (char === '[' && this.#peek === ':') this.#skipTo(':]')
      else if (char === ']') return ANYTHING
    }
  }

  #escape(): Atom | null {
    const char = this.#next()
    if (ASSERTIONS.includes(char)) return null
    if (char === 'p' || char === 'P') {
      if (this.#next() === '{') this.#skipTo('}')
      return ANYTHING
    }
    if (SETS.includes(char)) return ANYTHING
    const control = CONTROLS.get(char)
    if (control !== undefined) return { char: control }
    if (/[A-Za-z0-9]/.test(char)) throw new NotUnderstood()
    return { char }
  }

  /** `least` repetitions; `once`: exactly one. */
  #quantifier(): { readonly least: number; readonly once: boolean } {
    let least = 1
    let once = true
    const counted = /^\{(\d+)(,\d*)?\}/.exec(this.#text.slice(this.#at, this.#at + 12))
    if (counted !== null) {
      this.#at += counted[0].length
      least = Number(counted[1])
      once = least === 1 && counted[2] === undefined
    } else if (this.#take('*') || this.#take('?')) [least, once] = [0, false]
    else if (this.#take('+')) once = false
    else return { least, once }
    this.#take('?')
    return { least, once }
  }

  get #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #next(): string {
    if (this.isAtEnd) throw new NotUnderstood()
    return this.#text[this.#at++]!
  }

  #take(char: string): boolean {
    if (this.#peek !== char) return false
    this.#at++
    return true
  }

  #skipTo(end: string): void {
    const found = this.#text.indexOf(end, this.#at)
    if (found < 0) throw new NotUnderstood()
    this.#at = found + end.length
  }
}

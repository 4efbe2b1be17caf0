/** The locations of one host, compiled: finds the one whose settings hold for a path. */
import { parseLocation } from './location.ts'
import { type Choice, compileFirst } from './pattern.ts'

/** What a path leads to: a route's value, and the routes below it. */
export interface Branch<T> {
  readonly value: T
  readonly below: Finder<T> | null
}

export interface Finder<T> {
  find(host: string, path: string): Found<T> | null
}

export interface Found<T> {
  readonly value: T
  /** An exact location or a pattern: patterns further out are not asked any more, as in NGINX. */
  readonly final: boolean
}

interface Prefix<T> extends Branch<T> {
  /** `^~` */
  readonly beatsPatterns: boolean
}

export class Locations<T> {
  readonly #exact = new Map<string, Branch<T>>()
  readonly #prefixes = new Map<string, Prefix<T>>()
  /** Lengths of all prefixes, longest first. */
  #lengths: readonly number[] = []
  readonly #patterns: (Branch<T> & Choice)[] = []
  /** Made when all patterns are there. */
  #firstPattern: ((path: string) => number) | null = null

  /** `path` as written; null for a route without one: it is the shortest beginning. */
  add(path: string | null, branch: Branch<T>): void {
    const { modifier, text } = path === null ? { modifier: '' as const, text: '' } : parseLocation(path)
    switch (modifier) {
      case '=':
        this.#exact.set(text, branch)
        break
      case '~':
      case '~*':
        this.#patterns.push({ ...branch, pattern: text, ignoreCase: modifier === '~*' })
        this.#firstPattern = null
        break
      case '^~':
      case '':
        this.#prefixes.set(text, { ...branch, beatsPatterns: modifier === '^~' })
        this.#lengths = [...new Set([...this.#lengths, text.length])].sort((a, b) => b - a)
        break
      default:
        modifier satisfies never
    }
  }

  find(host: string, path: string): Found<T> | null {
    const exact = this.#exact.get(path)
    if (exact !== undefined) return { value: within(exact, host, path).value, final: true }
    const prefix = this.#longest(path)
    const found = prefix === null ? null : within(prefix, host, path)
    if (found?.final === true || prefix?.beatsPatterns === true) return found
    const pattern = this.#matching(path)
    return pattern === undefined ? found : { value: within(pattern, host, path).value, final: true }
  }

  #matching(path: string): Branch<T> | undefined {
    if (this.#patterns.length === 0) return undefined
    this.#firstPattern ??= compileFirst(this.#patterns)
    return this.#patterns[this.#firstPattern(path)]
  }

  #longest(path: string): Prefix<T> | null {
    for (const length of this.#lengths) {
      const prefix = length > path.length ? undefined : this.#prefixes.get(path.slice(0, length))
      if (prefix !== undefined) return prefix
    }
    return null
  }
}

/** What the routes below say, else the branch itself. */
function within<T>({ value, below }: Branch<T>, host: string, path: string): Found<T> {
  return below?.find(host, path) ?? { value, final: false }
}

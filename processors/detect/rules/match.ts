/**
 * The `match` of a rule, compiled: does a decoded value fulfil it, and what shows it? Everything is linear in the value
 * (expressions by their engine, texts by search), and costs no more than `weight` a character.
 */
import { CidrSet } from '#schemas/config/net.ts'
import { compileExpression } from './expression.ts'
import { glob } from './glob.ts'
import { better, eitherOf, needleIn, type Required, requiredBy } from './required.ts'
import type { MatchSource, Range } from './schema.ts'

/** What showed it: a stretch of the value, and the condition. */
export interface Shown {
  readonly at: number
  readonly end: number
  readonly shows: string
}

export interface Match {
  /** One of these occurs in every value that fulfils it; null: that is not known of any text. */
  readonly needles: Required
  /** Characters that a character of the value costs, about: what its budget is counted in. */
  readonly weight: number
  /** What would have to be otherwise, as the end of "harmless ". */
  readonly unless: string
  /** `lower` is `text` in lower case. Null: it is not fulfilled. */
  holds(text: string, lower: string): Shown | null
}

type Leaf = Omit<Match, 'needles'> & { readonly needles?: Required }

export function compileMatch(source: MatchSource): Match {
  const { needles = null, ...leaf } = compile(source)
  return { needles, ...leaf }
}

function compile(source: MatchSource): Leaf {
  const { contains, starts, ends, equals, regex, length, number, ip, url, all, any, not } = source
  if (contains !== undefined) return words(contains, 'contains', (lower, word) => lower.indexOf(word))
  if (starts !== undefined) return words(starts, 'begins with', (lower, word) => (lower.startsWith(word) ? 0 : -1))
  if (ends !== undefined)
    return words(ends, 'ends with', (lower, word) => (lower.endsWith(word) ? lower.length - word.length : -1))
  if (equals !== undefined) return words(equals, 'is', (lower, word) => (lower === word ? 0 : -1))
  if (regex !== undefined) return expression(regex)
  if (length !== undefined) return whole(`a length of ${said(length)}`, text => within(text.length, length))
  if (number !== undefined)
    return whole(`a number of ${said(number)}`, text => isNumber(text) && within(Number(text), number))
  if (ip !== undefined) return address(ip)
  if (url !== undefined) return location(url)
  if (all !== undefined) return every(all.map(compileMatch))
  if (any !== undefined) return some(any.map(compileMatch))
  return none(compileMatch(not!))
}

function words(given: readonly string[], verb: string, find: (lower: string, word: string) => number): Leaf {
  const lowered = given.map(word => word.toLowerCase())
  return {
    needles: lowered.map(needleIn).reduce(eitherOf),
    weight: lowered.length,
    unless: `if it did not hold ${given.length === 1 ? JSON.stringify(given[0]) : `one of ${given.length} texts`}`,
    holds(_, lower) {
      for (const word of lowered) {
        const at = find(lower, word)
        if (at >= 0) return { at, end: at + word.length, shows: `${verb} ${JSON.stringify(word)}` }
      }
      return null
    },
  }
}

function expression(source: string): Leaf {
  const { size, test, find } = compileExpression(source)
  return {
    needles: requiredBy(source),
    weight: size,
    unless: `if /${source}/ did not match`,
    holds(text) {
      // The test alone is several times faster than finding the place, and mostly answers no.
      const place = test(text) ? find(text) : null
      return (
        place && { at: place[0], end: place[1], shows: `/${source}/ matches ${JSON.stringify(text.slice(...place))}` }
      )
    },
  }
}

function whole(what: string, test: (text: string) => boolean): Leaf {
  return {
    weight: 1,
    unless: `if it were not ${what}`,
    holds: text => (test(text) ? { at: 0, end: text.length, shows: what } : null),
  }
}

function address(networks: readonly string[]): Leaf {
  const set = new CidrSet(networks)
  return whole(`an address of ${networks.join(', ')}`, text => text.length <= 45 && set.has(text))
}

/** A scheme and an authority: `http://user@host:port/…`; of the authority only the host counts. */
const URL_HEAD = /^\s*([a-z][a-z0-9+.-]{0,30}):\/{2,}(?:[^/?#@\s]{0,255}@)?(\[[0-9a-f:.]{2,45}\]|[^/?#:\s\\]{1,255})/

function location({ schemes, hosts }: NonNullable<MatchSource['url']>): Leaf {
  const patterns = hosts?.map(host => glob(host.toLowerCase(), '.'))
  const wanted = schemes?.map(scheme => scheme.toLowerCase().replace(/:.*$/, ''))
  const what = [wanted && `scheme ${wanted.join(', ')}`, hosts && `host ${hosts.join(', ')}`]
    .filter(Boolean)
    .join(' and ')
  return {
    ...whole(`a URL with ${what}`, text => {
      const parts = URL_HEAD.exec(text.slice(0, 600).toLowerCase())
      if (parts === null || (wanted !== undefined && !wanted.includes(parts[1]!))) return false
      return patterns === undefined || patterns.some(matches => matches(parts[2]!))
    }),
    needles: wanted === undefined ? ['://'] : wanted.map(scheme => `${scheme}://`.slice(-32)),
  }
}

function every(parts: readonly Match[]): Leaf {
  return {
    needles: parts.map(({ needles }) => needles).reduce(better),
    weight: sum(parts),
    unless: parts[0]!.unless,
    holds(text, lower) {
      let first: Shown | null = null
      const shows: string[] = []
      for (const part of parts) {
        const shown = part.holds(text, lower)
        if (shown === null) return null
        // What is true of the whole value points to no place.
        if (first === null || (first.end - first.at === text.length && shown.end - shown.at < text.length))
          first = shown
        shows.push(shown.shows)
      }
      return { ...first!, shows: shows.join(' and ') }
    },
  }
}

function some(parts: readonly Match[]): Leaf {
  return {
    needles: parts.map(({ needles }) => needles).reduce(eitherOf),
    weight: sum(parts),
    unless: `if none of ${parts.length} conditions held`,
    holds(text, lower) {
      for (const part of parts) {
        const shown = part.holds(text, lower)
        if (shown !== null) return shown
      }
      return null
    },
  }
}

function none(part: Match): Leaf {
  return {
    weight: part.weight,
    unless: 'if what it lacks were there',
    holds: (text, lower) =>
      part.holds(text, lower) === null
        ? { at: 0, end: text.length, shows: `harmless ${part.unless}: it did not` }
        : null,
  }
}

const sum = (parts: readonly Match[]): number => parts.reduce((total, { weight }) => total + weight, 0)

function within(n: number, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range): boolean {
  return n >= min && n <= max
}

function said({ min, max }: Range): string {
  if (min === undefined) return `at most ${max}`
  return max === undefined ? `at least ${min}` : `${min} to ${max}`
}

function isNumber(text: string): boolean {
  return text.length <= 40 && /^\s*[-+]?\d+(?:\.\d+)?\s*$/.test(text)
}

/** The places where a value inside a statement could end: where an injection would go on with SQL. */
import { closingQuote, tokenAt } from './lexer.ts'

export interface Break {
  /** Index after the value or its closing quote. */
  readonly at: number
  /** The quote that was closed; empty for a number or name as it is. */
  readonly quote: string
  /** What stood before: nothing, a number, something else. */
  readonly before: 'nothing' | 'number' | 'call' | 'word' | 'string' | 'text'
  /** A backslash stood before the quote: in a string literal that only happens on purpose. */
  readonly escaped: boolean
  /** The quote follows a word or begins the text: it can close a string. After a blank or a bracket it opens one. */
  readonly closing: boolean
  /** Nothing but one word stands before the quote. */
  readonly bare: boolean
  /** The value is a pair, and this is a place in the pair's value: `a=1 or b=2` can be a filter. */
  readonly paired: boolean
}

/** Quotes that end a string or a name, and those that lossy character set conversions turn into them. */
const QUOTES = `'"\`\u2018\u2019\u02bc\uff07\uff02`

const ANY_QUOTE = new RegExp(`[${QUOTES}]`)

const PLAIN = { quote: '', escaped: false, closing: false, bare: false, paired: false }

/** Apostrophes between letters that are passed over in search of a quote. */
const MAX_APOSTROPHES = 32

/**
 * After the value as it is, after the first quote of each kind, after the first one that is no apostrophe. A value may itself
 * be `name=value`, as in a URL that is a parameter of another.
 */
export function breaksOf(lower: string): readonly Break[] {
  const breaks: Break[] = []
  asItIs(lower, 0, false, breaks)
  const name = /^(?:[\w.[\]-]{1,64}=|[^?]{0,256}\?[\w.[\]-]{1,64}=)/.exec(lower)
  if (name !== null) asItIs(lower, name[0].length, true, breaks)
  if (!ANY_QUOTE.test(lower)) return breaks
  for (const quote of QUOTES) {
    const at = lower.indexOf(quote)
    if (at < 0) continue
    const inside = closingQuote(lower, 0, quote.charCodeAt(0))
    if (inside >= 0) breaks.push(afterQuote(lower, inside, quote))
    if (inside !== at) breaks.push(afterQuote(lower, at, quote))
    const later = afterApostrophes(lower, at, quote)
    if (later >= 0 && later !== inside) breaks.push(afterQuote(lower, later, quote))
  }
  return breaks
}

/** Breaks of the value that starts at `at`: before it, and after its first number, word, string or call. */
function asItIs(lower: string, at: number, paired: boolean, breaks: Break[]): void {
  const plain = { ...PLAIN, paired }
  breaks.push({ ...plain, at, before: 'nothing' })
  let first = tokenAt(lower, at)
  if (first.text === '-' || first.text === '+') first = tokenAt(lower, first.end)
  if (first.kind === 'number' || first.kind === 'variable') breaks.push({ ...plain, at: first.end, before: 'number' })
  else if (first.kind === 'string')
    breaks.push({ ...plain, at: first.end, before: 'string', quote: first.text, closing: true })
  else if (first.kind === 'word') {
    const end = lower[first.end] === '(' ? afterCall(lower, first.end) : -1
    if (first.text === 'null') breaks.push({ ...plain, at: first.end, before: 'number' })
    else if (end >= 0) breaks.push({ ...plain, at: end, before: lower[end - 1] === ')' ? 'call' : 'number' })
    else breaks.push({ ...plain, at: first.end, before: 'word' })
  }
}

/** Index after the parentheses of a call and the casts behind them, or -1: `f(a)::int`, which only PostgreSQL writes. */
function afterCall(lower: string, open: number): number {
  const close = lower.slice(open, open + 256).indexOf(')')
  if (close < 0) return -1
  const end = open + close + 1
  const cast = /^(?:::[\w[\]]{1,32}){1,3}/.exec(lower.slice(end, end + 100))
  return cast === null ? end : end + cast[0].length
}

/** What stands before the strings of Python and others: `== b'%'`, `(r'%'`. */
const PREFIX = /[\s(=,[][bruf]{1,2}$/

function afterQuote(lower: string, at: number, quote: string): Break {
  const before =
    at === 0 ? 'nothing' : /(?:^|\s)[\d.,]+$/.test(lower.slice(Math.max(0, at - 16), at)) ? 'number' : 'text'
  const prefixed = PREFIX.test(lower.slice(Math.max(0, at - 3), at))
  const closing = at === 0 || (!prefixed && /[\w\\)\]%.\u00a1-\uffff]/.test(lower[at - 1]!))
  const bare = at < 256 && !/[\s(]/.test(lower.slice(0, at))
  return { at: at + 1, quote, before, escaped: lower[at - 1] === '\\', closing, bare, paired: false }
}

/** Index of the first quote from `at` on that does not stand between two letters, if the one at `at` does; else -1. */
function afterApostrophes(lower: string, at: number, quote: string): number {
  let i = at
  for (let passed = 0; i >= 0 && isApostrophe(lower, i); i = lower.indexOf(quote, i + 1)) {
    if (++passed > MAX_APOSTROPHES) return -1
  }
  return i === at ? -1 : i
}

function isApostrophe(lower: string, at: number): boolean {
  return /[a-z\u00df-\uffff]/.test(lower[at - 1] ?? '') && /[a-z\u00df-\uffff]/.test(lower[at + 1] ?? '')
}

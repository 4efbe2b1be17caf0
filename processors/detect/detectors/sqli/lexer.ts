/**
 * A bounded SQL lexer: reads tokens from any place of a text, in the common denominator of MySQL, PostgreSQL, SQL Server,
 * Oracle and SQLite. It never fails; what it does not know is an `other` token.
 *
 * Whitespace: characters up to space, no-break space, closed block comments, short line comments that a line end closes, and
 * the frame of MySQL's conditional comment, whose content is code: `!50000 union` in block comment signs reads as `union`.
 *
 *     number   = 1*DIGIT [ "." ] [ "e" ["+" / "-"] 1*DIGIT ] / "0x" *HEX / "0b" *BIT        `1e0union` is `1e0`, `union`
 *     string   = "'" … "'" / DQUOTE … DQUOTE / "$" [tag] "$" … "$" [tag] "$"                $$x$$ (PostgreSQL)
 *     prefixed = ( "n" / "x" / "b" / "e" / "q" / "u&" / "_charset" ) string               n'x', x'41', _utf8'x'
 *     word     = name / "`" name "`" / "[" name "]"             variable = "@" name / "@@" name
 */

type Kind =
  | 'end'
  | 'number'
  | 'string'
  /** A string without its closing quote. */
  | 'open-string'
  | 'word'
  /** @x, @@x */
  | 'variable'
  | 'operator'
  | '('
  | ')'
  | ','
  | ';'
  /** To the end of its line or of the text. */
  | 'comment'
  | 'other'

export interface Token {
  readonly kind: Kind
  /** Lower case; of a quoted word without its quotes, of a string its quote only. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Longest first. */
const OPERATORS = [
  '<=>',
  '===',
  '!==',
  '->>',
  '#>>',
  '||',
  '&&',
  '<>',
  '!=',
  '>=',
  '<=',
  ':=',
  '==',
  '->',
  '@>',
  '<@',
  '#>',
  '#-',
  '?|',
  '?&',
  '@?',
  '::',
  '!~',
  '~*',
  '<<',
  '>>',
  '=',
  '<',
  '>',
  '!',
  '~',
  '|',
  '&',
  '^',
  '+',
  '-',
  '*',
  '/',
  '%',
  '?',
  ':',
  '@',
] as const

const OPERATORS_BY_FIRST = new Map<string, readonly string[]>()
for (const operator of OPERATORS) {
  OPERATORS_BY_FIRST.set(operator[0]!, [...(OPERATORS_BY_FIRST.get(operator[0]!) ?? []), operator])
}

/** Longest name, number or comment frame that a token spans; beyond it a new token begins. */
const MAX_WORD = 256

/** Longest string or comment whose end is looked for; a longer one reads as unclosed. Keeps the lexer linear. */
const MAX_SPAN = 1024

/** Comments in a row that are passed over. */
const MAX_COMMENTS = 16

/** Longest line comment that reads as whitespace: filters are evaded with a few letters. */
const MAX_LINE_COMMENT = 40

/** The tokens from a place on, read when they are asked for. */
export class Ahead {
  readonly lower: string
  readonly #tokens: Token[] = []
  readonly #most: number
  #next: number

  /** At most `most` tokens are read. */
  constructor(lower: string, at: number, most: number) {
    this.lower = lower
    this.#next = at
    this.#most = most
  }

  /** Undefined after the end of the text, which is a token itself, and beyond the bound. */
  at(i: number): Token | undefined {
    while (this.#tokens.length <= i) {
      if (this.#tokens.length === this.#most || this.#tokens.at(-1)?.kind === 'end') return undefined
      const token = tokenAt(this.lower, this.#next)
      this.#tokens.push(token)
      this.#next = token.end
    }
    return this.#tokens[i]
  }
}

/** Up to `count` tokens from `at` on; the last one is `end` when the text ends before. */
export function tokens(lower: string, at: number, count: number): readonly Token[] {
  const ahead = new Ahead(lower, at, count)
  const list: Token[] = []
  for (let token = ahead.at(0); token !== undefined; token = ahead.at(list.length)) list.push(token)
  return list
}

/** The first token at or after `at`. */
export function tokenAt(lower: string, at: number): Token {
  const start = skipBlank(lower, at)
  if (start >= lower.length) return { kind: 'end', text: '', start: lower.length, end: lower.length }
  const c = lower.charCodeAt(start)
  const char = lower[start]!
  if (isDigit(c) || (c === 46 && isDigit(lower.charCodeAt(start + 1)))) return numberAt(lower, start)
  if (isNameStart(c)) return wordAt(lower, start)
  if (c === 39 || c === 34) return stringAt(lower, start)
  if (c === 36) return dollarString(lower, start)
  if (c === 92 && lower[start + 1] === 'n') return { kind: 'word', text: 'null', start, end: start + 2 }
  if (c === 96 || c === 91) return quotedName(lower, start)
  if (c === 64 && (isNameStart(lower.charCodeAt(start + 1)) || lower.charCodeAt(start + 1) === 64)) {
    return span('variable', lower, start, nameEnd(lower, start + 2))
  }
  if (c === 45 && lower.charCodeAt(start + 1) === 45) return commentAt(lower, start)
  if (c === 35 && lower[start + 1] !== '>' && lower[start + 1] !== '-') return commentAt(lower, start)
  if (c === 47 && lower.charCodeAt(start + 1) === 42) return span('comment', lower, start, lower.length)
  if (c === 40 || c === 41 || c === 44 || c === 59) return span(char as Kind, lower, start, start + 1)
  for (const operator of OPERATORS_BY_FIRST.get(char) ?? []) {
    if (lower.startsWith(operator, start)) return span('operator', lower, start, start + operator.length)
  }
  return span('other', lower, start, start + 1)
}

/** Index of the first character that is neither whitespace nor in a closed comment; no further than a span. */
function skipBlank(lower: string, from: number): number {
  let at = from
  for (let comments = 0; comments < MAX_COMMENTS && at - from < MAX_SPAN; ) {
    const c = lower.charCodeAt(at)
    if (c <= 32 || c === 160 || c === 0x3000 || (c >= 0x2000 && c <= 0x200b)) at++
    else if (c === 42 && lower.charCodeAt(at + 1) === 47) at += 2
    else if (c === 47 && lower.charCodeAt(at + 1) === 42) {
      comments++
      if (lower.charCodeAt(at + 2) === 33) {
        at += 3
        for (let i = 0; i < 6 && isDigit(lower.charCodeAt(at)); i++) at++
        continue
      }
      const close = indexWithin(lower, '*/', at + 2)
      if (close < 0) return at
      at = close + 2
    } else {
      const end = shortLineComment(lower, at, c)
      if (end < 0) return at
      comments++
      at = end
    }
  }
  return at
}

/** Index after the line end of a short comment with text after it, or -1: a longer one, or the last line, counts as a token. */
function shortLineComment(lower: string, at: number, c: number): number {
  const dashes = c === 45 && lower.charCodeAt(at + 1) === 45
  if (!dashes && c !== 35) return -1
  const line = lower.slice(at, at + MAX_LINE_COMMENT).indexOf('\n')
  return line >= 0 && at + line + 1 < lower.length ? at + line + 1 : -1
}

function span(kind: Kind, lower: string, start: number, end: number): Token {
  return { kind, text: lower.slice(start, Math.min(end, start + MAX_WORD)), start, end }
}

/** 12, 1.5, .5, 1e10, 0x41, 0b01; `1.e` is a number too (MySQL), which `1.e(ascii(…` exploits. */
function numberAt(lower: string, start: number): Token {
  let end = start
  const prefixed = lower[start] === '0' && (lower[start + 1] === 'x' || lower[start + 1] === 'b')
  if (prefixed) {
    end += 2
    while (isHex(lower.charCodeAt(end))) end++
    return span('number', lower, start, end)
  }
  while (isDigit(lower.charCodeAt(end)) || lower.charCodeAt(end) === 46) end++
  if (lower[end] === 'e') {
    const sign = lower[end + 1] === '-' || lower[end + 1] === '+' ? 2 : 1
    if (isDigit(lower.charCodeAt(end + sign))) {
      end += sign
      while (isDigit(lower.charCodeAt(end))) end++
    } else if (lower[end - 1] === '.') end++
  }
  // Oracle's suffixes of types: `1dunion`.
  if ((lower[end] === 'd' || lower[end] === 'f') && lower.startsWith('union', end + 1)) end++
  return span('number', lower, start, end)
}

function wordAt(lower: string, start: number): Token {
  const end = nameEnd(lower, start)
  const quoted = (lower[end] === "'" || lower[end] === '&') && STRING_PREFIX.test(lower.slice(start, end))
  if (!quoted) return span('word', lower, start, end)
  const quote = lower[end] === '&' ? end + 1 : end
  if (lower[quote] !== "'") return span('word', lower, start, end)
  const string = stringAt(lower, quote)
  // A quote that nothing closes ends what stands before the word: `' or x'`.
  return string.kind === 'string' ? { ...string, start } : span('word', lower, start, end)
}

const STRING_PREFIX = /^(?:[nxbequ]|_\w{3,16})$/

function stringAt(lower: string, start: number): Token {
  const end = closingQuote(lower, start + 1, lower.charCodeAt(start), start + MAX_SPAN)
  const quote = lower[start]!
  if (end < 0) return { kind: 'open-string', text: quote, start, end: lower.length }
  return { kind: 'string', text: quote, start, end: end + 1 }
}

/** $$ … $$ and $tag$ … $tag$; anything else with a dollar sign is an `other`. */
function dollarString(lower: string, start: number): Token {
  const tag = /^\$\w{0,16}\$/.exec(lower.slice(start, start + 18))?.[0]
  const close = tag === undefined ? -1 : indexWithin(lower, tag, start + tag.length)
  if (tag === undefined || close < 0) return span('other', lower, start, start + 1)
  return { kind: 'string', text: '$', start, end: close + tag.length }
}

/** Index of the quote that ends the string whose content starts at `at`; doubled and backslashed quotes are content. */
export function closingQuote(lower: string, at: number, quote: number, limit = lower.length): number {
  const most = Math.min(lower.length, limit)
  for (let i = at; i < most; i++) {
    const c = lower.charCodeAt(i)
    if (c === 92) i++
    else if (c === quote) {
      if (lower.charCodeAt(i + 1) !== quote) return i
      i++
    }
  }
  return -1
}

/** `name` or [name]; without its end it is an `other`. */
function quotedName(lower: string, start: number): Token {
  const close = lower[start] === '`' ? '`' : ']'
  const window = lower.slice(start + 1, start + 66)
  const length = window.indexOf(close)
  if (length < 0) return span('other', lower, start, start + 1)
  return { kind: 'word', text: window.slice(0, length), start, end: start + length + 2 }
}

function commentAt(lower: string, start: number): Token {
  const line = indexWithin(lower, '\n', start)
  return span('comment', lower, start, line < 0 ? lower.length : line)
}

function indexWithin(lower: string, what: string, at: number): number {
  const found = lower.slice(at, at + MAX_SPAN).indexOf(what)
  return found < 0 ? -1 : at + found
}

function nameEnd(lower: string, at: number): number {
  const most = Math.min(lower.length, at + MAX_WORD)
  while (at < most && isNamePart(lower.charCodeAt(at))) at++
  return at
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57
}

function isHex(c: number): boolean {
  return isDigit(c) || (c >= 97 && c <= 102)
}

function isNameStart(c: number): boolean {
  return (
    (c >= 97 && c <= 122) ||
    (c >= 65 && c <= 90) ||
    c === 95 ||
    (c > 160 && c !== 0x3000 && !(c >= 0x2000 && c <= 0x200b))
  )
}

/** Dots too: `schema.table` is one word. */
function isNamePart(c: number): boolean {
  return isNameStart(c) || isDigit(c) || c === 36 || c === 46
}

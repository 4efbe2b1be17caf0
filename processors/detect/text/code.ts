/**
 * A bounded lexer for what PHP, JavaScript, Java, Python, Ruby and the languages of templates have in common: names, numbers,
 * strings with escapes, and punctuation. It never fails. White space and comments in the style of C are skipped.
 *
 *  name    = 1*( letter | digit | "_" | "$" | "@" | any character above U+007F ), not beginning with a digit
 *  number  = digit *( letter | digit | "_" | "." digit )
 *  string  = quote *( character | "\" character ) quote, quotes being ' " `
 *  punct   = any other character, or one of the operators below
 */

export interface CodeToken {
  /** `open`: a string without its closing quote. */
  readonly kind: 'name' | 'number' | 'string' | 'open' | 'punct'
  /** As written; of a string its content, escapes decoded. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Longest first. */
const OPERATORS = [
  '===',
  '!==',
  '**',
  '=>',
  '->',
  '::',
  '||',
  '&&',
  '==',
  '!=',
  '<=',
  '>=',
  '?.',
  '++',
  '--',
  '<<',
  '>>',
  '//',
]

const OPERATORS_BY_FIRST = new Map<string, readonly string[]>()
for (const operator of OPERATORS) {
  OPERATORS_BY_FIRST.set(operator[0]!, [...(OPERATORS_BY_FIRST.get(operator[0]!) ?? []), operator])
}

/** Longest string or comment whose end is looked for; a longer one reads as open. Keeps the lexer linear. */
const MAX_SPAN = 1024

/** At most `most` tokens from `from` on that begin before `to`. */
export function codeTokens(text: string, from: number, to: number, most: number): readonly CodeToken[] {
  const tokens: CodeToken[] = []
  for (let at = skipBlank(text, from, to); at < to && tokens.length < most; ) {
    const token = codeTokenAt(text, at, to)
    tokens.push(token)
    at = skipBlank(text, token.end, to)
  }
  return tokens
}

/** How far into a value code is read, in characters and tokens. */
const REACH = 8192
const MOST_TOKENS = 1024

/** The value that was read last, and its programs: detectors of several languages read the same one. */
let readLast = ''
let programs: readonly (readonly CodeToken[])[] = []

/**
 * The tokens of a value from each place where code may begin, constant strings put together: from its start, and from behind its first
 * quote of each kind, which may end the string that it is put into.
 */
export function programsIn(lower: string): readonly (readonly CodeToken[])[] {
  if (lower !== readLast) {
    const to = Math.min(lower.length, REACH)
    programs = codeStarts(lower).map(start => joinStrings(codeTokens(lower, start, to, MOST_TOKENS)))
    readLast = lower
  }
  return programs
}

function codeStarts(text: string): readonly number[] {
  const starts = [0]
  for (const quote of `'"\``) {
    const at = text.indexOf(quote)
    if (at >= 0) starts.push(at + 1)
  }
  return starts
}

/**
 * The tokens with constant strings put together: 'a'.'b', 'a'+'b', 'a'~'b', 'a' 'b' and ('a') become one string each.
 */
export function joinStrings(tokens: readonly CodeToken[]): readonly CodeToken[] {
  const joined: CodeToken[] = []
  for (const token of tokens) {
    joined.push(token)
    while (collapse(joined));
  }
  return joined
}

function collapse(tokens: CodeToken[]): boolean {
  const last = tokens.at(-1)
  if (last === undefined) return false
  if (last.text === ')' && last.kind === 'punct') {
    const [before, open, string] = [tokens.at(-4), tokens.at(-3), tokens.at(-2)]
    if (string?.kind !== 'string' || open?.text !== '(' || open.kind !== 'punct' || isCallee(before)) return false
    tokens.splice(-3, 3, { kind: 'string', text: string.text, start: open.start, end: last.end })
    return true
  }
  if (last.kind !== 'string') return false
  const operator = tokens.at(-2)
  const isOperator = operator?.kind === 'punct' && /^[.+~]$/.test(operator.text)
  const first = isOperator ? tokens.at(-3) : operator
  if (first?.kind !== 'string') return false
  const text = first.text + last.text
  if (text.length > MAX_SPAN) return false
  tokens.splice(isOperator ? -3 : -2, 3, { kind: 'string', text, start: first.start, end: last.end })
  return true
}

/** Is what stands in front of a parenthesis called? */
function isCallee(token: CodeToken | undefined): boolean {
  return token !== undefined && (token.kind !== 'punct' || /^[)\]}]$/.test(token.text))
}

function skipBlank(text: string, from: number, to: number): number {
  let at = from
  while (at < to) {
    const c = text.charCodeAt(at)
    if (c <= 32 || c === 0xa0) at++
    else if (c === 47 && text.charCodeAt(at + 1) === 42) {
      const limit = Math.min(to, at + MAX_SPAN)
      const end = text.slice(at + 2, limit).indexOf('*/')
      at = end < 0 ? limit : at + 2 + end + 2
    } else return at
  }
  return to
}

function codeTokenAt(text: string, start: number, to: number): CodeToken {
  const char = text[start]!
  if (char === '"' || char === "'" || char === '`') return stringAt(text, start, to)
  const isNumber = char >= '0' && char <= '9'
  let end = start
  while (end < to && (isNameChar(text.charCodeAt(end)) || (isNumber && isPoint(text, end)))) end++
  if (end > start) return { kind: isNumber ? 'number' : 'name', text: text.slice(start, end), start, end }
  const operator = OPERATORS_BY_FIRST.get(char)?.find(one => text.startsWith(one, start)) ?? char
  return { kind: 'punct', text: operator, start, end: start + operator.length }
}

function isPoint(text: string, at: number): boolean {
  return text[at] === '.' && /[0-9]/.test(text[at + 1] ?? '')
}

/** Letters, digits, `_`, `$`, `@`, and everything beyond ASCII. */
function isNameChar(c: number): boolean {
  return (
    (c >= 97 && c <= 122) ||
    (c >= 64 && c <= 90) ||
    (c >= 48 && c <= 57) ||
    c === 95 ||
    c === 36 ||
    (c > 127 && c !== 0xa0)
  )
}

function stringAt(text: string, start: number, to: number): CodeToken {
  const quote = text.charCodeAt(start)
  const limit = Math.min(to, start + MAX_SPAN)
  let escaped = false
  for (let at = start + 1; at < limit; at++) {
    const c = text.charCodeAt(at)
    if (c === 92) {
      escaped = true
      at++
    } else if (c === quote) {
      const raw = text.slice(start + 1, at)
      return { kind: 'string', text: escaped ? unescaped(raw) : raw, start, end: at + 1 }
    }
  }
  return { kind: 'open', text: text.slice(start + 1, limit), start, end: limit }
}

/** \x41, \u0041, \u{41}, \101, and any other escaped character for itself. */
function unescaped(raw: string): string {
  return raw.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|([0-7]{2,3})|([\s\S]))/gi,
    (_all, hex, unit, point, octal, other) => {
      if (other !== undefined) return other as string
      const code =
        octal === undefined
          ? Number.parseInt((hex ?? unit ?? point) as string, 16)
          : Number.parseInt(octal as string, 8)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ''
    },
  )
}

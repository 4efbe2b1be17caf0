/** Character references as browsers read them in attribute values (HTML Living Standard §13.2.5.72): enough for URLs and scripts. */
import { hexDigit } from './unescape.ts'

const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
  ['colon', ':'],
  ['tab', '\t'],
  ['newline', '\n'],
  ['lpar', '('],
  ['rpar', ')'],
  ['sol', '/'],
  ['bsol', '\\'],
  ['grave', '`'],
  ['equals', '='],
  ['period', '.'],
  ['comma', ','],
  ['semi', ';'],
  ['num', '#'],
  ['excl', '!'],
  ['plus', '+'],
  ['lbrace', '{'],
  ['lcub', '{'],
  ['rcub', '}'],
  ['lsqb', '['],
  ['lbrack', '['],
  ['rsqb', ']'],
  ['nbsp', '\u00a0'],
  ['dollar', '$'],
  ['percnt', '%'],
  ['lowbar', '_'],
  ['hyphen', '-'],
  ['dash', '-'],
  ['ast', '*'],
  ['midast', '*'],
  ['verbar', '|'],
  ['vert', '|'],
  ['quest', '?'],
  ['commat', '@'],
  ['hat', '^'],
])

/** Names that browsers know without a semicolon, too. */
const BARE = /^(?:amp|lt|gt|quot|nbsp)/i

/** Longest name, with its semicolon. */
const LONGEST = 10

export interface Escape {
  readonly char: string
  /** Index behind it. */
  readonly end: number
}

/** Decodes `&#106;`, `&#x6a`, `&colon;`, `&lt` once. */
export function decodeEntities(text: string): string {
  let at = text.indexOf('&')
  if (at < 0) return text
  let out = ''
  let kept = 0
  while (at >= 0) {
    const found = entityAt(text, at)
    if (found !== null) {
      out += text.slice(kept, at) + found.char
      kept = found.end
    }
    at = text.indexOf('&', found?.end ?? at + 1)
  }
  return out + text.slice(kept)
}

/** The character reference that begins at the ampersand at `at`. The semicolon may be missing after numbers and after some names. */
export function entityAt(text: string, at: number): Escape | null {
  if (text.charCodeAt(at + 1) === 35) return numberAt(text, at + 2)
  const window = text.slice(at + 1, at + 1 + LONGEST)
  const name = /^([a-z]{2,9});/i.exec(window)?.[1] ?? BARE.exec(window)?.[0]
  const char = name === undefined ? undefined : NAMED.get(name.toLowerCase())
  if (char === undefined) return null
  const end = at + 1 + name!.length
  return { char, end: text.charCodeAt(end) === 59 ? end + 1 : end }
}

/** Digits behind `&#`: any number of zeros, then at most seven. */
function numberAt(text: string, from: number): Escape | null {
  const isHex = (text.charCodeAt(from) | 32) === 120
  const base = isHex ? 16 : 10
  let end = isHex ? from + 1 : from
  const first = end
  let code = 0
  for (
    let digit = hexDigit(text.charCodeAt(end));
    digit >= 0 && digit < base;
    digit = hexDigit(text.charCodeAt(++end))
  ) {
    code = Math.min(code * base + digit, BEYOND)
  }
  if (end === first || code === BEYOND) return null
  return { char: String.fromCodePoint(code), end: text.charCodeAt(end) === 59 ? end + 1 : end }
}

/** Behind the last code point of Unicode. */
const BEYOND = 0x110000

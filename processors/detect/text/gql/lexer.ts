/**
 * Tokens of GraphQL documents (October 2021 §2.1):
 *
 *   token   = punctuator / name / number / string / block-string
 *   ignored = BOM / blank / line end / "," / "#" *character
 */
import { hexDigit } from '../unescape.ts'

export type Kind = 'end' | 'broken' | 'punctuator' | 'name' | 'number' | 'string'

/** By the code of the character: 1 a punctuator, 2 ignored. */
const TRAITS = new Uint8Array(128)
for (const char of '!$&():=@[]{|}') TRAITS[char.charCodeAt(0)] = 1
for (const char of ' \t\n\r\f\v,') TRAITS[char.charCodeAt(0)] = 2
const NAME = /[_A-Za-z][_0-9A-Za-z]*/y
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

export class Lexer {
  kind: Kind = 'end'
  /** As written; of a string what stands between its quotes. */
  raw = ''
  /** Where the token begins. */
  at = 0

  readonly #text: string
  readonly #comment: (text: string) => void
  #next = 0

  /** `comment` gets each comment as it is passed over, without its sign. */
  constructor(text: string, comment: (text: string) => void) {
    this.#text = text
    this.#comment = comment
  }

  /** Steps to the next token. */
  advance(): void {
    this.#skipIgnored()
    this.at = this.#next
    const char = this.#text[this.at]
    if (char === undefined) this.#take('end', '', this.at)
    else if (TRAITS[char.charCodeAt(0)] === 1) this.#take('punctuator', char, this.at + 1)
    else if (this.#text.startsWith('...', this.at)) this.#take('punctuator', '...', this.at + 3)
    else if (this.#text.startsWith('"""', this.at)) this.#blockString()
    else if (char === '"') this.#string()
    else this.#word(char)
  }

  is(raw: string): boolean {
    return this.raw === raw && (this.kind === 'punctuator' || this.kind === 'name')
  }

  /** Of a string its text, escapes decoded; of anything else what is written. */
  get text(): string {
    if (this.kind !== 'string' || !this.raw.includes('\\')) return this.raw
    if (this.#text.startsWith('"""', this.at)) return this.raw.replaceAll('\\"""', '"""')
    return unescaped(this.raw)
  }

  #take(kind: Kind, raw: string, next: number): void {
    this.kind = kind
    this.raw = raw
    this.#next = next
  }

  #word(char: string): void {
    const name = this.#match(NAME)
    const word = name ?? this.#match(NUMBER)
    if (word === null) this.#take('broken', char, this.at)
    else this.#take(name === null ? 'number' : 'name', word, this.at + word.length)
  }

  /** Ends with its line at the latest. */
  #string(): void {
    const text = this.#text
    for (let i = this.at + 1; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c === 34) {
        this.#take('string', text.slice(this.at + 1, i), i + 1)
        return
      }
      if (c === 10 || c === 13) break
      if (c === 92) i++
    }
    this.#take('broken', '"', this.at)
  }

  /** Three quotes end it, unless a backslash stands before them. */
  #blockString(): void {
    const text = this.#text
    let end = text.indexOf('"""', this.at + 3)
    while (end > 0 && text[end - 1] === '\\') end = text.indexOf('"""', end + 3)
    if (end < 0) this.#take('broken', text.slice(this.at + 3), text.length)
    else this.#take('string', text.slice(this.at + 3, end), end + 3)
  }

  #skipIgnored(): void {
    const text = this.#text
    let at = this.#next
    for (;;) {
      const c = text.charCodeAt(at)
      if (TRAITS[c] === 2 || c === 0xfeff) at++
      else if (c === 35) {
        const line = text.indexOf('\n', at)
        const end = line < 0 ? text.length : line
        this.#comment(text.slice(at + 1, end))
        at = end
      } else break
    }
    this.#next = at
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    return pattern.exec(this.#text)?.[0] ?? null
  }
}

/** `\n`, `\u00e9`, `\u{1F600}` (§2.9.4); an escape that is none keeps its character. */
function unescaped(raw: string): string {
  return raw.replace(/\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|([\s\S]))/g, (_, braced, unit, char: string) => {
    const hex = (braced ?? unit) as string | undefined
    if (hex === undefined) return ESCAPES.get(char) ?? char
    let code = 0
    for (let i = 0; i < hex.length; i++) code = (code << 4) | hexDigit(hex.charCodeAt(i))
    return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
  })
}

/**
 * Reads text as the shells of Unix do, and hands out its simple commands with their words as the programs would see them.
 *
 *     program    = command *( separator command )
 *     separator  = ";" | "|" | "|&" | "||" | "&" | "&&" | newline | "(" | ")"
 *     command    = *( name "=" word ) *( word | [digits] redirect word )
 *     redirect   = "<" | ">" | ">>" | "<<" | "<<<" | "<>" | ">|" | ">&" | "<&" | "&>" | "&>>"
 *     word       = 1*( letter | "\" char | "'" … "'" | "$'" … "'" | '"' … '"' | expansion )
 *     expansion  = "$" name | "${" … "}" | "$((" … "))" | "$(" program ")" | "`" program "`" | "<(" program ")" | ">(" program ")"
 *
 * One pass without recursion: programs inside of others lie on a stack. A quote that is never closed is skipped, since
 * its other half can stand in the template around the value.
 */
import { decodeAnsiC } from './ansi.ts'
import { bracesOf } from './braces.ts'
import { isBlank, isLetter, isSpecialInDouble, isWordChar } from './characters.ts'
import type { Command, Intro } from './command.ts'
import { entityAt } from './entities.ts'
import { MAX_WORD, MAX_WORDS, Program } from './program.ts'
import { type Expansion, expansionAt, Variables } from './variables.ts'

/** Where reading begins: outside of quotes, or inside of double ones. */
export type Beginning = 'unquoted' | 'double'

export class Lexer {
  readonly #text: string
  readonly #variables = new Variables()
  readonly #program: Program
  readonly #lastBacktick: number
  #at: number
  /** No quote of the kind stands behind the current place. */
  #noSingle = false
  #noDouble = false

  constructor(text: string, from: number, beginning: Beginning, take: (command: Command) => void) {
    this.#text = text
    this.#at = from
    this.#program = new Program(from, beginning === 'double', this.#variables, take)
    this.#lastBacktick = text.lastIndexOf('`')
  }

  /** Reads to the end of the text. */
  run(): void {
    const text = this.#text
    while (this.#at < text.length) {
      if (this.#program.double) this.#inDouble()
      else this.#unquoted()
    }
    this.#program.end(text.length)
  }

  #unquoted(): void {
    const text = this.#text
    const at = this.#at
    const c = text[at]!
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
      case '\0':
        this.#program.endWord(at)
        this.#at++
        return
      case '\n':
        this.#separate('newline', 1)
        return
      case ';':
        this.#separate(';', 1)
        return
      case '&':
        this.#ampersand()
        return
      case '|':
        this.#pipe()
        return
      case '(':
        this.#parenthesis()
        return
      case ')':
        this.#closing()
        return
      case '`':
        this.#backtick()
        return
      case '<':
      case '>':
        this.#redirect()
        return
      case "'":
        this.#single()
        return
      case '"':
        this.#double()
        return
      case '\\':
        this.#backslash()
        return
      case '$':
        this.#dollar()
        return
      case '#':
        this.#hash()
        return
      case '{':
        this.#brace()
        return
      default:
        this.#literal(1)
    }
  }

  #closing(): void {
    if (this.#program.closer === ')' && this.#program.parentheses === 0) {
      this.#close()
      return
    }
    this.#program.closeParenthesis()
    this.#separate(')', 1)
  }

  #pipe(): void {
    const next = this.#text[this.#at + 1]
    if (next === '|') this.#separate('||', 2)
    else this.#separate('|', next === '&' ? 2 : 1)
  }

  /** A comment begins where a word could, but not right behind a separator: `;#fff` is no shell. */
  #hash(): void {
    if (this.#program.word !== null || (this.#program.isFresh && this.#at > 0)) {
      this.#literal(1)
      return
    }
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end
  }

  #inDouble(): void {
    const text = this.#text
    const c = text[this.#at]!
    if (c === '"') {
      this.#program.double = false
      this.#program.quoteTo(this.#at + 1)
      this.#at++
    } else if (c === '$') this.#dollar()
    else if (c === '`') this.#backtick()
    else if (c === '\\' && '$`"\\\n'.includes(text[this.#at + 1] ?? ' ')) {
      this.#program.append(text[this.#at + 1] === '\n' ? '' : text[this.#at + 1]!, this.#at)
      this.#at += 2
    } else this.#literal(1)
  }

  /** Takes at least `length` characters as they are, and those after them that mean nothing. */
  #literal(length: number): void {
    const text = this.#text
    let end = this.#at + length
    if (!this.#program.double) while (end < text.length && isLetter(text.charCodeAt(end))) end++
    else while (end < text.length && !isSpecialInDouble(text.charCodeAt(end))) end++
    this.#program.append(text.slice(this.#at, Math.min(end, this.#at + MAX_WORD)), this.#at)
    this.#at = end
  }

  #single(): void {
    const end = this.#noSingle ? -1 : this.#text.indexOf("'", this.#at + 1)
    if (end < 0) {
      this.#noSingle = true
      this.#at++
      return
    }
    this.#quoted(this.#text.slice(this.#at + 1, Math.min(end, this.#at + 1 + MAX_WORD)), end + 1)
  }

  #quoted(content: string, end: number): void {
    const start = this.#at
    const inside = this.#program.word !== null || isWordChar(this.#text.charCodeAt(end))
    this.#program.append(content, start)
    this.#program.quoteFrom(start)
    this.#program.quoteTo(end)
    if (inside && isSplitName(this.#program.word!, content)) this.#program.trick()
    this.#at = end
  }

  #double(): void {
    const end = this.#noDouble ? -1 : this.#text.indexOf('"', this.#at + 1)
    if (end < 0) {
      this.#noDouble = true
      this.#at++
      return
    }
    const content = this.#text.slice(this.#at + 1, Math.min(end, this.#at + 1 + MAX_WORD))
    if (!/[$`\\]/.test(content)) {
      this.#quoted(content, end + 1)
      return
    }
    this.#program.quoteFrom(this.#at)
    this.#program.double = true
    this.#at++
  }

  #backslash(): void {
    const next = this.#text[this.#at + 1]
    if (next === undefined) {
      this.#literal(1)
      return
    }
    if (next !== '\n') this.#program.append(next, this.#at)
    if (next === '\n' || next === '/' || isWordChar(next.charCodeAt(0))) this.#program.trick()
    this.#at += 2
  }

  #dollar(): void {
    const text = this.#text
    const at = this.#at
    const next = text[at + 1]
    if (next === '(' && text[at + 2] !== '(') {
      this.#open('$(', ')', 2)
      return
    }
    if (!this.#program.double && next === "'") {
      this.#ansiC()
      return
    }
    if (!this.#program.double && next === '"') {
      this.#at++
      this.#double()
      return
    }
    const expansion = expansionAt(text, at, this.#variables)
    if (expansion === null) this.#literal(1)
    else this.#expand(expansion)
  }

  #ansiC(): void {
    const at = this.#at
    const ansi = decodeAnsiC(this.#text, at + 2, MAX_WORD)
    if (ansi === null) {
      this.#literal(1)
      return
    }
    this.#program.append(ansi.text, at)
    if (ansi.escaped) this.#program.trick()
    this.#program.quoteFrom(at)
    this.#program.quoteTo(ansi.end)
    this.#at = ansi.end
  }

  #expand({ end, text: value, known, hides }: Expansion): void {
    const at = this.#at
    this.#at = end
    if (this.#program.double || !/[ \t\n]/.test(value)) {
      this.#program.append(value, at)
      if (!known) this.#program.leaveOpen(at)
      if (hides) this.#program.trick()
      return
    }
    // Outside of quotes the shell splits what comes out of a variable.
    for (const [i, part] of value.split(/[ \t\n]+/, MAX_WORDS).entries()) {
      if (i > 0) {
        this.#program.trick()
        this.#program.endWord(end)
      }
      if (part === '') continue
      this.#program.append(part, at)
      this.#program.trick()
    }
  }

  #brace(): void {
    const braces = bracesOf(this.#text, this.#at, this.#variables)
    if (braces === null) {
      this.#literal(1)
      return
    }
    const prefix = this.#program.word ?? ''
    const start = prefix === '' ? this.#at : this.#program.wordStart
    this.#program.dropWord()
    const suffix = /^[\w./-]{0,32}/.exec(this.#text.slice(braces.end, braces.end + 32))![0]
    const end = braces.end + suffix.length
    for (const part of braces.parts) {
      const text = prefix + part + suffix
      if (text !== '') this.#program.push({ text, start, end, quoted: false, tricks: 1, open: false })
    }
    this.#at = end
  }

  #ampersand(): void {
    const next = this.#text[this.#at + 1]
    const entity = entityAt(this.#text, this.#at)
    if (next === '&') this.#separate('&&', 2)
    else if (next === '>') this.#redirect()
    else if (entity > 0) this.#literal(entity)
    else this.#separate('&', 1)
  }

  #parenthesis(): void {
    this.#program.openParenthesis()
    this.#separate('(', 1)
  }

  #redirect(): void {
    const text = this.#text
    const at = this.#at
    if (text[at] !== '&' && text[at + 1] === '(' && !this.#endsTag()) {
      this.#open('<(', ')', 2)
      return
    }
    const operator = /^(?:<<<|<<-?|<>|<&|>>|>&|>\||&>>?|<|>)/.exec(text.slice(at, at + 3))![0]
    // `2>`: the number is no argument.
    if (/^\d{1,2}$/.test(this.#program.word ?? '')) this.#program.dropWord()
    else this.#program.endWord(at)
    this.#program.redirect(operator)
    this.#at += operator.length
  }

  /** `<b>(x)`: the character closes an element of HTML. */
  #endsTag(): boolean {
    const before = this.#text.slice(Math.max(0, this.#at - 64), this.#at)
    return this.#text[this.#at] === '>' && /<\/?[a-z][^<>]*$/i.test(before)
  }

  #backtick(): void {
    if (this.#program.closer === '`') this.#close()
    else if (this.#lastBacktick <= this.#at) this.#at++
    else this.#open('`', '`', 1)
  }

  #open(intro: Intro, closer: ')' | '`', length: number): void {
    if (this.#program.open(intro, closer, this.#at)) this.#at += length
    else this.#literal(length)
  }

  #close(): void {
    this.#at++
    this.#program.close(this.#at, isWordChar(this.#text.charCodeAt(this.#at)))
  }

  #separate(intro: Intro, length: number): void {
    const at = this.#at
    this.#at += length
    this.#program.separate(intro, at, isBlank(this.#text.charCodeAt(this.#at)))
  }
}

/** Quotes inside of a name: `c'a't`, `'i'fconfig`, `who""ami`; not `name='a b'`, `it's 'fine'`. */
function isSplitName(word: string, content: string): boolean {
  return word.length < 64 && /^[\w./-]*$/.test(content) && /^[\w./?*-]*$/.test(word)
}

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
import type { Command, Intro } from './command.ts'
import { entityAt } from './entities.ts'
import { draftOf, type Frame, frameOf, type WordDraft, wordOf } from './frame.ts'
import { type Expansion, expansionAt, Variables } from './variables.ts'

const MAX_WORDS = 40
const MAX_WORD = 512
const MAX_DEPTH = 12

/** Where reading begins: outside of quotes, or inside of double ones. */
export type Beginning = 'unquoted' | 'double'

export class Lexer {
  readonly #text: string
  readonly #take: (command: Command) => void
  readonly #variables = new Variables()
  readonly #frames: Frame[]
  #frame: Frame
  #at: number
  #lastBacktick: number
  #noSingle = false
  #noDouble = false

  constructor(text: string, from: number, beginning: Beginning, take: (command: Command) => void) {
    this.#text = text
    this.#take = take
    this.#at = from
    this.#frame = frameOf('start', '', from)
    this.#frame.double = beginning === 'double'
    this.#frames = [this.#frame]
    this.#lastBacktick = text.lastIndexOf('`')
  }

  /** Reads to the end of the text. */
  run(): void {
    const text = this.#text
    while (this.#at < text.length) {
      if (this.#frame.double) this.#inDouble()
      else this.#unquoted()
    }
    while (this.#frames.length > 0) this.#closeFrame(text.length)
  }

  #unquoted(): void {
    const text = this.#text
    const at = this.#at
    const c = text[at]!
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
        this.#endWord(at)
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
    const { closer, parentheses } = this.#frame
    if (closer === ')' && parentheses === 0) {
      this.#close()
      return
    }
    if (parentheses > 0) this.#frame.parentheses--
    this.#separate(')', 1)
  }

  #pipe(): void {
    const next = this.#text[this.#at + 1]
    if (next === '|') this.#separate('||', 2)
    else this.#separate('|', next === '&' ? 2 : 1)
  }

  /** A comment begins where a word could, but not right behind a separator: `;#fff` is no shell. */
  #hash(): void {
    if (this.#frame.word !== null || (this.#isFresh() && this.#at > 0)) {
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
      this.#frame.double = false
      if (this.#frame.word !== null) this.#frame.word.quotedTo = this.#at + 1
      this.#at++
    } else if (c === '$') this.#dollar()
    else if (c === '`') this.#backtick()
    else if (c === '\\' && '$`"\\\n'.includes(text[this.#at + 1] ?? ' ')) {
      this.#append(text[this.#at + 1] === '\n' ? '' : text[this.#at + 1]!, this.#at)
      this.#at += 2
    } else this.#literal(1)
  }

  /** Takes at least `length` characters as they are, and those after them that mean nothing. */
  #literal(length: number): void {
    const text = this.#text
    let end = this.#at + length
    if (!this.#frame.double) while (end < text.length && isLetter(text.charCodeAt(end))) end++
    else while (end < text.length && !isSpecialInDouble(text.charCodeAt(end))) end++
    this.#append(text.slice(this.#at, Math.min(end, this.#at + MAX_WORD)), this.#at)
    this.#at = end
  }

  #append(piece: string, at: number): void {
    const word = (this.#frame.word ??= wordOf(at))
    if (word.text.length < MAX_WORD) word.text += piece
  }

  #trick(): void {
    if (this.#frame.word !== null) this.#frame.word.tricks++
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
    const inside = this.#frame.word !== null || isWordChar(this.#text.charCodeAt(end))
    this.#append(content, start)
    const word = this.#frame.word!
    if (word.start === start) word.quotedFrom = start
    word.quotedTo = end
    word.plain = true
    if (inside && isSplitName(word, content)) word.tricks++
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
    const start = this.#at
    this.#append('', start)
    if (this.#frame.word!.start === start) this.#frame.word!.quotedFrom = start
    this.#frame.double = true
    this.#at++
  }

  #backslash(): void {
    const next = this.#text[this.#at + 1]
    if (next === undefined) {
      this.#literal(1)
      return
    }
    if (next === '\n') {
      this.#at += 2
      this.#trick()
      return
    }
    this.#append(next, this.#at)
    if (isWordChar(next.charCodeAt(0)) || next === '/') this.#trick()
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
    if (next === "'" && !this.#frame.double) {
      const ansi = decodeAnsiC(text, at + 2, MAX_WORD)
      if (ansi === null) {
        this.#literal(1)
        return
      }
      this.#append(ansi.text, at)
      if (ansi.escaped) this.#trick()
      const word = this.#frame.word!
      if (word.start === at) word.quotedFrom = at
      word.quotedTo = ansi.end
      this.#at = ansi.end
      return
    }
    if (next === '"' && !this.#frame.double) {
      this.#at++
      this.#double()
      return
    }
    const expansion = expansionAt(text, at, this.#variables)
    if (expansion === null) {
      this.#literal(1)
      return
    }
    this.#expand(expansion)
  }

  #expand({ end, text: value, known, hides }: Expansion): void {
    const at = this.#at
    this.#at = end
    if (this.#frame.double || !/[ \t\n]/.test(value)) {
      this.#append(value, at)
      if (!known) this.#frame.word!.open = true
      if (hides) this.#trick()
      return
    }
    // Outside of quotes the shell splits what comes out of a variable.
    for (const [i, part] of value
      .split(/[ \t\n]+/)
      .slice(0, MAX_WORDS)
      .entries()) {
      if (i > 0) {
        this.#append('', at)
        this.#trick()
        if (this.#frame.word!.text !== '') this.#endWord(end)
        else this.#frame.word = null
      }
      if (part !== '') {
        this.#append(part, at)
        this.#trick()
      }
    }
  }

  #brace(): void {
    const { word, command } = this.#frame
    const braces = bracesOf(this.#text, this.#at, this.#variables)
    if (braces === null) {
      this.#literal(1)
      return
    }
    const prefix = word?.text ?? ''
    const start = word?.start ?? this.#at
    this.#frame.word = null
    const suffix = /^[\w./-]{0,32}/.exec(this.#text.slice(braces.end, braces.end + 32))![0]
    const end = braces.end + suffix.length
    for (const part of braces.parts) {
      if (part === '' && prefix === '' && suffix === '') continue
      if (command.words.length < MAX_WORDS)
        command.words.push({ text: prefix + part + suffix, start, end, quoted: false, tricks: 1, open: false })
    }
    this.#at = end
  }

  #ampersand(): void {
    const text = this.#text
    const at = this.#at
    if (text[at + 1] === '&') {
      this.#separate('&&', 2)
      return
    }
    if (text[at + 1] === '>') {
      this.#redirect()
      return
    }
    const entity = entityAt(text, at)
    if (entity > 0) {
      this.#literal(entity)
      return
    }
    this.#separate('&', 1)
  }

  #parenthesis(): void {
    const { word, command } = this.#frame
    if (word !== null && command.words.length === 0 && word.text !== '') command.call = true
    this.#frame.parentheses++
    this.#separate('(', 1)
  }

  #redirect(): void {
    const text = this.#text
    const at = this.#at
    if (text[at] !== '&' && text[at + 1] === '(') {
      this.#open('<(', ')', 2)
      return
    }
    const operator = /^(?:<<<|<<-?|<>|<&|>>|>&|>\||&>>?|<|>)/.exec(text.slice(at, at + 3))![0]
    const { word } = this.#frame
    if (word !== null && /^\d{1,2}$/.test(word.text)) this.#frame.word = null
    else this.#endWord(at)
    this.#frame.command.pending = operator
    this.#at += operator.length
  }

  #backtick(): void {
    if (this.#frame.closer === '`') {
      this.#close()
      return
    }
    if (this.#lastBacktick <= this.#at) {
      this.#at++
      return
    }
    this.#open('`', '`', 1)
  }

  #open(intro: Intro, closer: ')' | '`', length: number): void {
    if (this.#frames.length >= MAX_DEPTH) {
      this.#literal(length)
      return
    }
    this.#append('', this.#at)
    this.#frame.word!.open = true
    this.#frame = frameOf(intro, closer, this.#at)
    this.#frames.push(this.#frame)
    this.#at += length
  }

  #close(): void {
    this.#at++
    const said = this.#closeFrame(this.#at)
    // `pi$()ng`, `w`echo ho`ami`: what the program says becomes part of the word.
    const { word } = this.#frame
    if (word === null) return
    if (said !== null) this.#append(said, this.#at)
    if (said !== null && (said !== '' || isWordChar(this.#text.charCodeAt(this.#at)) || word.text !== '')) word.tricks++
  }

  /** What the last command of the frame says, if that is known. */
  #closeFrame(end: number): string | null {
    const inner = this.#frames.pop()!
    this.#frame = inner
    this.#endWord(end)
    const last = this.#finish(end)
    const outer = this.#frames.at(-1)
    if (outer !== undefined) this.#frame = outer
    return last === null ? '' : saidBy(last)
  }

  #separate(intro: Intro, length: number): void {
    const at = this.#at
    this.#endWord(at)
    const done = this.#finish(at)
    this.#at += length
    this.#frame.command = draftOf(intro, at, intro === '|' ? done : null)
    this.#frame.command.spaced = /\s/.test(this.#text[this.#at] ?? '')
  }

  #isFresh(): boolean {
    const { command, word } = this.#frame
    return word === null && command.words.length === 0 && command.assignments === 0
  }

  #endWord(end: number): void {
    const { word, command } = this.#frame
    if (word === null) return
    this.#frame.word = null
    const { text, start, tricks, open } = word
    if (command.pending !== '') {
      command.redirects.push({ operator: command.pending, target: text })
      command.pending = ''
      return
    }
    if (command.words.length === 0 && /^[a-z_]\w{0,40}=/i.test(text) && this.#text[start] === text[0]) {
      const equals = text.indexOf('=')
      this.#variables.set(text.slice(0, equals), text.slice(equals + 1))
      command.assignments++
      return
    }
    if (
      command.words.length >= MAX_WORDS ||
      (text === '' && word.quotedFrom < 0 && (!open || command.words.length === 0))
    )
      return
    const quoted = word.quotedFrom === start && word.quotedTo === end
    command.words.push({ text, start, end, quoted, tricks, open })
  }

  #finish(end: number): Command | null {
    const { command } = this.#frame
    if (command.words.length === 0 && command.redirects.length === 0) return null
    const { intro, spaced, start, words, redirects, assignments, piped, call } = command
    const done = { intro, spaced, start, end, words, redirects, assignments, piped, call }
    this.#take(done)
    return done
  }
}

/** `echo cat`, `printf cat`: their words; null when it is not known what a program says. */
function saidBy({ words }: Command): string | null {
  if (words[0]?.text !== 'echo' && words[0]?.text !== 'printf') return null
  const said = words
    .slice(1)
    .filter(({ text }) => text !== '-n' && text !== '-e' && text !== '%s')
    .map(({ text }) => text)
    .join(' ')
    .slice(0, MAX_WORD)
  return said.includes('\\') ? (decodeAnsiC(`${said}'`, 0, MAX_WORD + 1)?.text ?? said) : said
}

/** Quotes inside of a name: `c'a't`, `'i'fconfig`, `who""ami`; not `name='a b'`, `it's 'fine'`. */
function isSplitName(word: WordDraft, content: string): boolean {
  return word.text.length < 64 && /^[\w./-]*$/.test(content) && /^[\w./?*-]*$/.test(word.text)
}

/** What never ends a piece of a word outside of quotes. */
function isLetter(c: number): boolean {
  return isWordChar(c) || (c >= 43 && c <= 58) || c > 127 || c === 61 || c === 64 || c === 37 || c === 42 || c === 63
}

function isSpecialInDouble(c: number): boolean {
  return c === 34 || c === 36 || c === 96 || c === 92
}

/** ASCII letter, digit or underscore. */
function isWordChar(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95
}

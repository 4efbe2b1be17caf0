/** Programs inside of programs, as the lexer goes through them: the command and the word that it is in. */
import { decodeAnsiC } from './ansi.ts'
import type { Command, Intro, Redirect, Word } from './command.ts'
import type { Variables } from './variables.ts'

/** Longest command and word; what is beyond is dropped. */
export const MAX_WORDS = 40
export const MAX_WORD = 512
/** Programs inside of each other. */
const MAX_DEPTH = 12

interface Frame {
  readonly closer: '' | ')' | '`'
  command: Draft
  word: WordDraft | null
  /** Inside of double quotes. */
  double: boolean
  /** Open parentheses that are no substitution. */
  parentheses: number
}

interface Draft {
  readonly intro: Intro
  readonly start: number
  readonly spaced: boolean
  readonly piped: Command | null
  readonly words: Word[]
  readonly redirects: Redirect[]
  assignments: number
  /** A redirect whose target comes next. */
  pending: string
  call: boolean
}

interface WordDraft {
  text: string
  readonly start: number
  tricks: number
  quotedFrom: number
  quotedTo: number
  open: boolean
}

export class Program {
  readonly #take: (command: Command) => void
  readonly #variables: Variables
  readonly #frames: Frame[]
  #frame: Frame

  constructor(start: number, double: boolean, variables: Variables, take: (command: Command) => void) {
    this.#take = take
    this.#variables = variables
    this.#frame = frameOf('start', '', start)
    this.#frame.double = double
    this.#frames = [this.#frame]
  }

  get double(): boolean {
    return this.#frame.double
  }

  set double(inside: boolean) {
    this.#frame.double = inside
  }

  get closer(): Frame['closer'] {
    return this.#frame.closer
  }

  get parentheses(): number {
    return this.#frame.parentheses
  }

  /** Text of the current word, null between words. */
  get word(): string | null {
    return this.#frame.word?.text ?? null
  }

  get wordStart(): number {
    return this.#frame.word?.start ?? -1
  }

  /** Nothing of the command has been read. */
  get isFresh(): boolean {
    const { command, word } = this.#frame
    return word === null && command.words.length === 0 && command.assignments === 0
  }

  append(piece: string, at: number): void {
    const word = this.#wordAt(at)
    if (word.text.length < MAX_WORD) word.text += piece
  }

  /** The word is spelled so that a filter does not see it. */
  trick(): void {
    if (this.#frame.word !== null) this.#frame.word.tricks++
  }

  /** Something in the word is not known. */
  leaveOpen(at: number): void {
    this.#wordAt(at).open = true
  }

  quoteFrom(at: number): void {
    const word = this.#wordAt(at)
    if (word.start === at) word.quotedFrom = at
  }

  quoteTo(end: number): void {
    if (this.#frame.word !== null) this.#frame.word.quotedTo = end
  }

  dropWord(): void {
    this.#frame.word = null
  }

  /** Takes a word that is complete. */
  push(word: Word): void {
    const { words } = this.#frame.command
    if (words.length < MAX_WORDS) words.push(word)
  }

  /** The next word is the target of a redirect. */
  redirect(operator: string): void {
    this.#frame.command.pending = operator
  }

  /** `name(` calls or defines something, in whichever language. */
  openParenthesis(): void {
    const { word, command } = this.#frame
    if (word !== null && command.words.length === 0 && word.text !== '') command.call = true
    this.#frame.parentheses++
  }

  closeParenthesis(): void {
    if (this.#frame.parentheses > 0) this.#frame.parentheses--
  }

  endWord(end: number): void {
    const { word, command } = this.#frame
    if (word === null) return
    this.#frame.word = null
    const { text, start, tricks, open, quotedFrom, quotedTo } = word
    if (command.pending !== '') {
      command.redirects.push({ operator: command.pending, target: text })
      command.pending = ''
    } else if (command.words.length === 0 && quotedFrom < 0 && /^[a-z_]\w{0,40}=/i.test(text)) {
      const equals = text.indexOf('=')
      this.#variables.set(text.slice(0, equals), text.slice(equals + 1))
      command.assignments++
    } else if (text !== '' || quotedFrom >= 0 || (open && command.words.length > 0)) {
      this.push({ text, start, end, quoted: quotedFrom === start && quotedTo === end, tricks, open })
    }
  }

  /** Ends the command, and begins the next one. */
  separate(intro: Intro, at: number, spaced: boolean): void {
    this.endWord(at)
    const done = this.#finish(at)
    // One command back, no more: a pipeline of a million commands is no list of a million.
    const piped = intro === '|' && done !== null ? { ...done, piped: null } : null
    this.#frame.command = draftOf(intro, at, spaced, piped)
  }

  /** Begins a program inside of the current word. False: too deep. */
  open(intro: Intro, closer: ')' | '`', at: number): boolean {
    if (this.#frames.length >= MAX_DEPTH) return false
    this.leaveOpen(at)
    this.#frame = frameOf(intro, closer, at)
    this.#frames.push(this.#frame)
    return true
  }

  /**
   * Ends the current program; what it says becomes part of the word around it: `pi$()ng`, `` w`echo ho`ami ``. `inWord`: the
   * word goes on.
   */
  close(end: number, inWord: boolean): void {
    const said = this.#closeFrame(end)
    const { word } = this.#frame
    if (word === null || said === null) return
    const hides = said !== '' || inWord || word.text !== ''
    this.append(said, end)
    if (hides) word.tricks++
  }

  /** Ends all programs. */
  end(end: number): void {
    while (this.#frames.length > 0) this.#closeFrame(end)
  }

  #wordAt(start: number): WordDraft {
    return (this.#frame.word ??= { text: '', start, tricks: 0, quotedFrom: -1, quotedTo: -1, open: false })
  }

  /** What the last command of the program says; null if that is not known. */
  #closeFrame(end: number): string | null {
    this.#frame = this.#frames.pop()!
    this.endWord(end)
    const last = this.#finish(end)
    this.#frame = this.#frames.at(-1) ?? this.#frame
    return last === null ? '' : saidBy(last)
  }

  #finish(end: number): Command | null {
    const { intro, spaced, start, words, redirects, assignments, piped, call } = this.#frame.command
    if (words.length === 0 && redirects.length === 0) return null
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

function frameOf(intro: Intro, closer: Frame['closer'], start: number): Frame {
  return { closer, command: draftOf(intro, start, false, null), word: null, double: false, parentheses: 0 }
}

function draftOf(intro: Intro, start: number, spaced: boolean, piped: Command | null): Draft {
  return { intro, start, spaced, piped, words: [], redirects: [], assignments: 0, pending: '', call: false }
}

/**
 * The prefilter: one pass over a text says which detectors could find something in it, and whether a decoder could bring
 * something to light that does not stand there. An Aho-Corasick automaton (`automaton.ts`) that also looks for characters and
 * base64 tokens on its way.
 */
import type { Wakes } from '#schemas/contracts/detector.ts'
import { type Automaton, automatonOf, CLASS, isWord, type Text } from './automaton.ts'
import { BASE64_VALUE, looksLikeText } from './text/base64.ts'

export interface Needle extends Text {
  /** Who looks for it: 0 to 30. */
  readonly owner: number
}

/** A base64 token is looked at when it is this long: three groups, nine bytes. */
export const TOKEN = 12

/** The owner of needles that wake decoders: the sign bit. */
const WAKER = 31

/** A decoder could make something new of a text with this character. */
const WAKES = 0x100
/** Base64 of either alphabet, but for the slash. */
const IN_TOKEN = 0x200
const SLASH = 0x400
/** Not of a character but of a text: it holds a token that looks like text in base64. */
const HAS_TOKEN = 0x800

export class Sieve {
  /** After `scan`: bit n is set when a needle of owner n occurs. */
  hits = 0
  /** After `scan`: a character of `wakes` or a base64 token occurs. */
  wake = false
  /** Characters looked at since the beginning: what a test of linearity counts. */
  steps = 0

  /** Per character: its class, and the flags below. */
  readonly #traits = new Uint16Array(0x10000)
  readonly #waking: number
  readonly #automaton: Automaton<Needle>
  #state = 0
  #seen = 0
  /** Where the token began that the current character may be part of. */
  #start = 0

  constructor(wanted: readonly Needle[], wakes: Wakes) {
    for (const needle of wanted) {
      if (needle.owner >= WAKER)
        throw new Error(`needle ${JSON.stringify(needle.text)}: owner ${needle.owner} is beyond ${WAKER} detectors`)
    }
    const needles = [
      ...wanted,
      ...(wakes.literals ?? []).map(text => ({ text, word: false, owner: WAKER })),
      ...(wakes.words ?? []).map(text => ({ text, word: true, owner: WAKER })),
    ]
    this.#waking = wakes.token ? WAKES | HAS_TOKEN : WAKES
    this.#automaton = automatonOf(needles)
    this.#traits.set(this.#automaton.classes)
    for (let c = 0; c < 128; c++) if (BASE64_VALUE[c]! < 64) this.#traits[c]! |= c === 47 ? SLASH : IN_TOKEN
    for (const char of wakes.chars ?? '') this.#traits[char.charCodeAt(0)]! |= WAKES
  }

  /** Sets `hits` and `wake`. */
  scan(text: string): void {
    this.hits = 0
    this.#state = 0
    this.#seen = 0
    this.#start = 0
    for (let at = this.#skip(text, 0); at < text.length; at = this.#skip(text, at + 1)) this.#look(text, at)
    this.steps += text.length
    this.wake = (this.#seen & this.#waking) !== 0 || this.hits < 0
    this.hits &= ~(1 << WAKER)
  }

  /**
   * The inner loop: index of the next character at which something may have happened, or the length. It calls nothing, and
   * is a function of its own so that the compiler keeps it in registers whatever happens around it.
   */
  #skip(text: string, from: number): number {
    const traits = this.#traits
    const { next, hot } = this.#automaton
    const length = text.length
    let state = this.#state
    let seen = this.#seen
    let start = this.#start
    let i = from
    for (; i < length; i++) {
      const trait = traits[text.charCodeAt(i)]!
      state = next[state + (trait & CLASS)]!
      seen |= trait
      if (state >= hot) break
      if ((trait & IN_TOKEN) === 0) {
        if ((trait & SLASH) !== 0) break
        start = i + 1
      } else if (i - start === TOKEN - 1) break
    }
    this.#state = state
    this.#seen = seen
    this.#start = start
    return i
  }

  #look(text: string, at: number): void {
    if (this.#state >= this.#automaton.hot) this.#found(text, at, this.#state)
    const trait = this.#traits[text.charCodeAt(at)]!
    if ((trait & SLASH) !== 0 ? !isInsideToken(text, this.#start, at) : (trait & IN_TOKEN) === 0) this.#start = at + 1
    if (at - this.#start === TOKEN - 1 && looksLikeText(text, this.#start, TOKEN)) this.#seen |= HAS_TOKEN
  }

  #found(text: string, end: number, state: number): void {
    for (const needle of this.#automaton.ends[state / this.#automaton.row]!) {
      if (!needle.word || isWord(text, end - needle.text.length + 1, end)) this.hits |= 1 << needle.owner
    }
  }
}

/**
 * Slashes separate the segments of paths, and stand in base64. In base64 of text a slash is possible only in the last place
 * of a group, where the group has to look like text too.
 */
function isInsideToken(text: string, start: number, slash: number): boolean {
  return ((slash - start) & 3) === 3 && looksLikeText(text, start, slash - start + 1)
}

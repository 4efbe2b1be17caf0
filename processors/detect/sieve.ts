/**
 * The prefilter: one pass over a text says which detectors could find something in it, and whether a decoder could bring
 * something to light that does not stand there. An Aho-Corasick automaton (`automaton.ts`) that also looks for characters and
 * base64 tokens on its way.
 */
import type { Wakes } from '#schemas/contracts/detector.ts'
import { type Automaton, automatonOf, CLASS, isWord, type Text } from './automaton.ts'
import { BASE64_VALUE } from './text/base64.ts'
import { goesOn, promisesBase64, promisesHex, TOKEN } from './text/token.ts'

export interface Needle extends Text {
  /** Who looks for it: 0 to 30. */
  readonly owner: number
  /** Of the sieve's own needles: the decoders that it wakes. */
  readonly wakes?: number
}

/** The owner of needles that wake decoders. */
const WAKER = 31

/** Base64 of either alphabet, but for the slash. */
const IN_TOKEN = 0x200
const SLASH = 0x400
/** Not of characters but of a text: it holds a token that promises something. */
const HAS_BASE64 = 0x10000
const HAS_HEX = 0x20000
/** Characters that wake: a flag for those that wake the same decoders, and the last one for all that are left. */
const WAKES = [0x100, 0x1000, 0x2000, 0x4000, 0x8000] as const

/** Something that wakes was seen. */
const ANY = HAS_BASE64 | HAS_HEX | WAKES.reduce((mask, flag) => mask | flag, 0)

/** What begins a text and the decoders that it wakes. */
interface Opening {
  readonly text: string
  readonly wakes: number
}

export class Sieve {
  /** After `scan`: bit n is set when a needle of owner n occurs. */
  hits = 0
  /** After `scan`: bit n is set when the n-th decoder could make something new of the text. */
  woken = 0
  /** Characters looked at since the beginning: what a test of linearity counts. */
  steps = 0

  /** Per character: its class, and the flags above. */
  readonly #traits = new Uint16Array(0x10000)
  readonly #automaton: Automaton<Needle>
  /** By flag of `WAKES`, and for tokens: the decoders that are woken. */
  readonly #wokenBy: readonly number[]
  readonly #wokenByBase64: number
  readonly #wokenByHex: number
  /** By the first character, below U+0100. */
  readonly #openings: readonly (readonly Opening[])[]
  #state = 0
  #seen = 0
  /** Where the token began that the current character may be part of. */
  #start = 0

  /** `wakes`: one per decoder. */
  constructor(wanted: readonly Needle[], ...wakes: readonly Wakes[]) {
    for (const needle of wanted) {
      if (needle.owner >= WAKER)
        throw new Error(`needle ${JSON.stringify(needle.text)}: owner ${needle.owner} is beyond ${WAKER} detectors`)
    }
    if (wakes.length > 32) throw new Error(`${wakes.length} decoders: at most 32`)
    this.#automaton = sharedAutomaton([...wanted, ...wakes.flatMap(wakersOf)])
    markOwners(this.#automaton)
    this.#traits.set(this.#automaton.classes)
    for (let c = 0; c < 128; c++) if (BASE64_VALUE[c]! < 64) this.#traits[c]! |= c === 47 ? SLASH : IN_TOKEN
    this.#wokenBy = this.#markCharacters(wakes)
    this.#wokenByBase64 = maskOf(wakes, ({ token }) => token === 'base64')
    this.#wokenByHex = maskOf(wakes, ({ token }) => token === 'hex')
    this.#openings = openingsOf(wakes)
  }

  /** After `scan`: a decoder could make something new of the text. */
  get wake(): boolean {
    return this.woken !== 0
  }

  /** Sets `hits` and `woken`. */
  scan(text: string): void {
    this.hits = 0
    this.woken = 0
    this.#state = 0
    this.#seen = 0
    this.#start = 0
    for (let at = this.#skip(text, 0); at < text.length; at = this.#skip(text, at + 1)) this.#look(text, at)
    this.steps += text.length
    const seen = this.#seen
    if ((seen & ANY) !== 0) {
      for (let i = 0; i < WAKES.length; i++) if ((seen & WAKES[i]!) !== 0) this.woken |= this.#wokenBy[i]!
      if ((seen & HAS_BASE64) !== 0) this.woken |= this.#wokenByBase64
      if ((seen & HAS_HEX) !== 0) this.woken |= this.#wokenByHex
    }
    for (const opening of this.#openings[text.charCodeAt(0)] ?? []) {
      if (text.startsWith(opening.text)) this.woken |= opening.wakes
    }
  }

  /**
   * The inner loop: index of the next character at which something may have happened, or the length. It calls nothing, and
   * is a function of its own so that the compiler keeps it in registers whatever happens around it.
   */
  #skip(text: string, from: number): number {
    const traits = this.#traits
    const { next, hot, row } = this.#automaton
    const owners = row - 1
    const missing = ~this.hits
    const length = text.length
    let state = this.#state
    let seen = this.#seen
    let start = this.#start
    let i = from
    for (; i < length; i++) {
      const trait = traits[text.charCodeAt(i)]!
      state = next[state + (trait & CLASS)]!
      seen |= trait
      // Needles of detectors that are called anyway tell nothing new.
      if (state >= hot && (next[state + owners]! & missing) !== 0) break
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
    if ((trait & SLASH) !== 0 ? !goesOn(text, this.#start, at) : (trait & IN_TOKEN) === 0) this.#start = at + 1
    if (at - this.#start !== TOKEN - 1) return
    if (promisesBase64(text, this.#start)) this.#seen |= HAS_BASE64
    if (promisesHex(text, this.#start)) this.#seen |= HAS_HEX
  }

  #found(text: string, end: number, state: number): void {
    for (const needle of this.#automaton.ends[state / this.#automaton.row]!) {
      if (needle.word && !isWord(text, end - needle.text.length + 1, end)) continue
      if (needle.owner === WAKER) this.woken |= needle.wakes!
      else this.hits |= 1 << needle.owner
    }
  }

  /** Flags the characters that wake, those that wake the same decoders alike; returns the decoders by flag. */
  #markCharacters(wakes: readonly Wakes[]): readonly number[] {
    const chars = new Set(wakes.flatMap(({ chars }) => [...(chars ?? '')]))
    const groups: number[] = []
    const masks = WAKES.map(() => 0)
    for (const char of chars) {
      const mask = maskOf(wakes, one => one.chars?.includes(char) === true)
      if (!groups.includes(mask)) groups.push(mask)
      const flag = Math.min(groups.indexOf(mask), WAKES.length - 1)
      this.#traits[char.charCodeAt(0)]! |= WAKES[flag]!
      masks[flag]! |= mask
    }
    return masks
  }
}

/** Writes into the free place of each row whose needles end there: bit n for owner n. */
function markOwners({ next, row, ends }: Automaton<Needle>): void {
  for (const [i, needles] of ends.entries()) {
    next[i * row + row - 1] = needles.reduce((mask, { owner }) => mask | (1 << owner), 0)
  }
}

/** Automata by their needles: each partition has a sieve, and all of them have the same needles until rules change. */
const built = new Map<string, Automaton<Needle>>()
/** Requests, responses, and what they were before rules changed. */
const MOST_BUILT = 4

function sharedAutomaton(needles: readonly Needle[]): Automaton<Needle> {
  const key = needles.map(({ text, word, owner, wakes }) => `${text}\n${word} ${owner} ${wakes}`).join('\n')
  const known = built.get(key)
  if (known !== undefined) return known
  const automaton = automatonOf(needles)
  built.set(key, automaton)
  for (const oldest of built.keys()) {
    if (built.size <= MOST_BUILT) break
    built.delete(oldest)
  }
  return automaton
}

/** The needles that wake the n-th decoder. */
function wakersOf({ literals = [], words = [] }: Wakes, n: number): readonly Needle[] {
  const wakes = 1 << n
  return [
    ...literals.map(text => ({ text, word: false, owner: WAKER, wakes })),
    ...words.map(text => ({ text, word: true, owner: WAKER, wakes })),
  ]
}

/** Bit n: the n-th of them does. */
function maskOf(wakes: readonly Wakes[], does: (one: Wakes) => boolean): number {
  return wakes.reduce((mask, one, n) => (does(one) ? mask | (1 << n) : mask), 0)
}

function openingsOf(wakes: readonly Wakes[]): readonly (readonly Opening[])[] {
  const openings = Array.from({ length: 0x100 }, (): Opening[] => [])
  for (const [n, { starts = [] }] of wakes.entries()) {
    for (const text of starts) openings[text.charCodeAt(0)]!.push({ text, wakes: 1 << n })
  }
  return openings
}

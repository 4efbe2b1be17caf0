/**
 * The prefilter: one pass over a text says which detectors could find something in it, and whether a decoder could bring
 * something to light that does not stand there. An Aho-Corasick automaton over folded characters, as one dense table.
 *
 * Folding: letters in either case are one class, whitespace and `+` are one class, characters that occur in no needle
 * are one class (all above U+007F among them). State numbers are multiplied by the row length, and states that end a
 * needle come last, so that the inner loop is two loads, an add and a compare.
 */
import type { Wakes } from '#schemas/contracts/detector.ts'
import { BASE64_VALUE, looksLikeText } from './text/base64.ts'

export interface Needle {
  /** Lower case, at least two characters, no comma. A space stands for any whitespace or a plus sign. */
  readonly text: string
  /** Only between characters that are no ASCII letter, digit or underscore. */
  readonly word: boolean
  /** Who looks for it: 0 to 30. */
  readonly owner: number
}

/** A base64 token is looked at when it is this long: three groups, nine bytes. */
export const TOKEN = 12

const OTHER = 0
const SPACE = 1

/** The owner of needles that wake decoders: the sign bit. */
const WAKER = 31

const CLASS = 0xff
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
  #row = 0
  #next: Int32Array = new Int32Array(0)
  #hot = 0
  #state = 0
  #seen = 0
  /** Where the token began that the current character may be part of. */
  #start = 0
  #ends: readonly (readonly Needle[])[] = []

  constructor(wanted: readonly Needle[], wakes: Wakes) {
    for (const needle of wanted) {
      if (needle.owner >= WAKER)
        throw new Error(`needle ${JSON.stringify(needle.text)}: owner ${needle.owner} is beyond ${WAKER} detectors`)
    }
    const needles = [...wanted, ...(wakes.literals ?? []).map(text => ({ text, word: false, owner: WAKER }))]
    this.#waking = wakes.token ? WAKES | HAS_TOKEN : WAKES
    for (const needle of needles) checkNeedle(needle)
    this.#foldCharacters(needles)
    this.#build(needles)
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
    const next = this.#next
    const hot = this.#hot
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
    if (this.#state >= this.#hot) this.#found(text, at, this.#state)
    const trait = this.#traits[text.charCodeAt(at)]!
    if ((trait & SLASH) !== 0 ? !isInsideToken(text, this.#start, at) : (trait & IN_TOKEN) === 0) this.#start = at + 1
    if (at - this.#start === TOKEN - 1 && looksLikeText(text, this.#start, TOKEN)) this.#seen |= HAS_TOKEN
  }

  #found(text: string, end: number, state: number): void {
    for (const needle of this.#ends[state / this.#row]!) {
      if (!needle.word || isWord(text, end - needle.text.length + 1, end)) this.hits |= 1 << needle.owner
    }
  }

  #foldCharacters(needles: readonly Needle[]): void {
    for (const c of [9, 10, 11, 12, 13, 32, 43]) this.#traits[c] = SPACE
    let classes = 2
    for (const needle of needles) {
      for (const char of needle.text) {
        const c = char.charCodeAt(0)
        if (this.#traits[c] !== OTHER) continue
        this.#traits[c] = classes
        if (c >= 97 && c <= 122) this.#traits[c - 32] = classes
        classes++
      }
    }
    if (classes > CLASS) throw new Error(`needles with ${classes} classes of characters: at most ${CLASS}`)
    this.#row = classes
  }

  #build(needles: readonly Needle[]): void {
    const row = this.#row
    const trie: number[][] = [new Array<number>(row).fill(-1)]
    const ends: Needle[][] = [[]]
    for (const needle of needles) {
      let node = 0
      for (const char of needle.text) {
        const k = this.#traits[char.charCodeAt(0)]!
        if (trie[node]![k] === -1) {
          trie[node]![k] = trie.length
          trie.push(new Array<number>(row).fill(-1))
          ends.push([])
        }
        node = trie[node]![k]!
      }
      ends[node]!.push(needle)
    }
    completeAutomaton(trie, ends)
    const order = [...trie.keys()].sort((a, b) => Number(ends[a]!.length > 0) - Number(ends[b]!.length > 0) || a - b)
    const place = new Map(order.map((node, i) => [node, i]))
    this.#ends = order.map(node => ends[node]!)
    this.#hot = this.#ends.findIndex(list => list.length > 0) * row
    if (this.#hot < 0) this.#hot = order.length * row
    this.#next = new Int32Array(order.length * row)
    for (const [i, node] of order.entries()) {
      for (let k = 0; k < row; k++) this.#next[i * row + k] = place.get(trie[node]![k]!)! * row
    }
  }
}

/** Fills in the missing edges breadth first: those of the longest proper suffix that is also a prefix. */
function completeAutomaton(trie: number[][], ends: Needle[][]): void {
  const suffix = new Array<number>(trie.length).fill(0)
  const queue: number[] = []
  for (const [k, child] of trie[0]!.entries()) {
    if (child === -1) trie[0]![k] = 0
    else queue.push(child)
  }
  for (const node of queue) {
    const fallback = suffix[node]!
    ends[node]!.push(...ends[fallback]!)
    for (const [k, child] of trie[node]!.entries()) {
      const other = trie[fallback]![k]!
      if (child === -1) trie[node]![k] = other
      else {
        suffix[child] = other
        queue.push(child)
      }
    }
  }
}

function checkNeedle({ text }: Needle): void {
  if (text.length < 2 || !/^[ -+\--~]+$/.test(text) || text !== text.toLowerCase() || text.includes('+')) {
    throw new Error(`needle ${JSON.stringify(text)}: two or more lower-case ASCII characters, no comma, no plus`)
  }
}

/**
 * Slashes separate the segments of paths, and stand in base64. In base64 of text a slash is possible only in the last place
 * of a group, where the group has to look like text too.
 */
function isInsideToken(text: string, start: number, slash: number): boolean {
  return ((slash - start) & 3) === 3 && looksLikeText(text, start, slash - start + 1)
}

function isWord(text: string, start: number, end: number): boolean {
  return !isWordChar(text.charCodeAt(start - 1)) && !isWordChar(text.charCodeAt(end + 1))
}

/** ASCII letter, digit or underscore. False for NaN (beyond the text). */
function isWordChar(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95
}

/**
 * An Aho-Corasick automaton over folded characters, as one dense table: what the sieve and the rules find their needles with.
 *
 * Folding: ASCII letters in either case are one class, whitespace and `+` are one class, characters that occur in no needle
 * are one class (all above U+00FF among them). State numbers are multiplied by the row length, and states that end a needle
 * come last (from `hot` on), so that a loop over a text is two loads, an add and a compare a character.
 */

export interface Text {
  /**
   * Lower case, at least two characters of ASCII or U+00A1 to U+00FF (bytes of binary formats), no comma. A space stands for any
   * whitespace or a plus sign, `ABOVE` for any character above U+00FF.
   */
  readonly text: string
  /** Only between characters that are no ASCII letter, digit or underscore. */
  readonly word: boolean
}

export interface Automaton<Needle extends Text> {
  /** The class of each of the 65,536 characters: at most `CLASS`. */
  readonly classes: Uint8Array
  /** Length of a row: its last place, behind the classes, is free for who uses the automaton (0). */
  readonly row: number
  readonly next: Int32Array
  /** A needle ends in this state and all above. */
  readonly hot: number
  /** By state divided by `row`: the needles that end there. */
  readonly ends: readonly (readonly Needle[])[]
}

/** The highest class. */
export const CLASS = 0xff

/** In a needle: any character above U+00FF. */
export const ABOVE = '\u0101'

const OTHER = 0
const SPACE = 1

/** Characters of ordinary requests, the most frequent first: their classes share the first cache lines of a row. */
const FREQUENT = 'eatinorscdlmpu/.-=1"0h2:3g_fbv5&4;w'
/** States in a cache line. */
const LINE = 16

/** Throws on a needle that cannot be found. */
export function automatonOf<Needle extends Text>(needles: readonly Needle[]): Automaton<Needle> {
  for (const needle of needles) checkNeedle(needle)
  const { classes, row } = foldCharacters(needles)
  if (row > CLASS) throw new Error(`needles with ${row} classes of characters: at most ${CLASS}`)
  return { classes, row, ...tableOf(new Trie(needles, classes), row) }
}

/** States by number: the root is 0, and nothing leads back to it. */
class Trie<Needle extends Text> {
  size = 1
  /** By state: the class that leads to it, its first child, and the next child of its parent (0: none). */
  readonly by: Uint8Array
  readonly child: Int32Array
  readonly sibling: Int32Array
  /** By state: that of its longest proper suffix that is also a prefix of a needle. */
  readonly suffix: Int32Array
  /** States in order of their depth, so that those near the root, where nearly all text is, lie together. */
  readonly order: Int32Array
  /** By state: the needles that end there. */
  readonly ends: (readonly Needle[])[] = []

  constructor(needles: readonly Needle[], classes: Uint8Array) {
    const most = needles.reduce((sum, { text }) => sum + text.length, 1)
    this.by = new Uint8Array(most)
    this.child = new Int32Array(most)
    this.sibling = new Int32Array(most)
    for (const needle of needles) {
      let state = 0
      for (let i = 0; i < needle.text.length; i++) {
        const by = classes[needle.text.charCodeAt(i)]!
        state = this.lead(state, by) || this.#grow(state, by)
      }
      this.ends[state] = [...(this.ends[state] ?? NONE), needle]
    }
    this.suffix = new Int32Array(this.size)
    this.order = new Int32Array(this.size)
    this.#link()
  }

  /** 0: no needle goes on like that. */
  lead(state: number, by: number): number {
    let to = this.child[state]!
    while (to !== 0 && this.by[to] !== by) to = this.sibling[to]!
    return to
  }

  #grow(state: number, by: number): number {
    const to = this.size++
    this.by[to] = by
    this.sibling[to] = this.child[state]!
    this.child[state] = to
    return to
  }

  /** Fills in suffixes and order; what ends in a suffix ends in a state, too. */
  #link(): void {
    let last = 1
    for (const state of this.order) {
      for (let to = this.child[state]!; to !== 0; to = this.sibling[to]!) {
        const by = this.by[to]!
        let back = state
        let known = 0
        while (back !== 0 && known === 0) {
          back = this.suffix[back]!
          known = this.lead(back, by)
        }
        this.suffix[to] = known
        const inside = this.ends[known]
        if (inside !== undefined) this.ends[to] = [...(this.ends[to] ?? NONE), ...inside]
        this.order[last++] = to
      }
    }
  }
}

const NONE: readonly never[] = []

/** Each row is that of its suffix, but for its own children. */
function tableOf<Needle extends Text>(
  { by, child, sibling, suffix, order, ends }: Trie<Needle>,
  row: number,
): Pick<Automaton<Needle>, 'next' | 'hot' | 'ends'> {
  const cold = order.filter(state => ends[state] === undefined)
  const place = new Int32Array(order.length)
  let rows = 0
  for (const state of cold) place[state] = row * rows++
  for (const state of order) if (ends[state] !== undefined) place[state] = row * rows++
  const next = new Int32Array(rows * row)
  const endings = new Array<readonly Needle[]>(rows)
  for (const state of order) {
    const at = place[state]!
    const from = place[suffix[state]!]!
    next.copyWithin(at, from, from + row)
    for (let to = child[state]!; to !== 0; to = sibling[to]!) next[at + by[to]!] = place[to]!
    endings[at / row] = ends[state] ?? NONE
  }
  return { next, hot: cold.length * row, ends: endings }
}

/** Is what stands from `start` to `end` (inclusive) a word of its own? */
export function isWord(text: string, start: number, end: number): boolean {
  return !isWordChar(text.charCodeAt(start - 1)) && !isWordChar(text.charCodeAt(end + 1))
}

function foldCharacters(needles: readonly Text[]): { readonly classes: Uint8Array; readonly row: number } {
  const classes = new Uint8Array(0x10000)
  for (const c of [9, 10, 11, 12, 13, 32, 43]) classes[c] = SPACE
  let row = 2
  if (needles.some(({ text }) => text.includes(ABOVE))) classes.fill(row++, 0x100)
  const used = new Set(needles.flatMap(({ text }) => [...text]))
  for (const char of new Set([...[...FREQUENT].filter(one => used.has(one)), ...used])) {
    const c = char.charCodeAt(0)
    if (classes[c] !== OTHER) continue
    classes[c] = row
    if (c >= 97 && c <= 122) classes[c - 32] = row
    row++
  }
  return { classes, row: (row + 1 + LINE - 1) & -LINE }
}

function checkNeedle({ text }: Text): void {
  if (
    text.length < 2 ||
    !/^[ -+\--~\u00a1-\u00ff\u0101]+$/.test(text) ||
    text !== text.toLowerCase() ||
    text.includes('+')
  ) {
    throw new Error(
      `needle ${JSON.stringify(text)}: two or more lower-case characters up to U+00FF (or ABOVE), no comma, no plus`,
    )
  }
}

/** ASCII letter, digit or underscore. False for NaN (beyond the text). */
function isWordChar(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95
}

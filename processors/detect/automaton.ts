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
  const trie = trieOf(needles, classes, row)
  const order = complete(trie, row)
  return { classes, row, ...numbered(trie, order, row) }
}

/** States by number; `next` has a row for each, 0 where there is no edge: nothing leads back to the root. */
interface Trie<Needle> {
  readonly next: Int32Array
  readonly ends: Needle[][]
}

function trieOf<Needle extends Text>(needles: readonly Needle[], classes: Uint8Array, row: number): Trie<Needle> {
  const most = needles.reduce((sum, { text }) => sum + text.length, 1)
  const next = new Int32Array(most * row)
  const ends: Needle[][] = [[]]
  for (const needle of needles) {
    let node = 0
    for (const char of needle.text) {
      const edge = node * row + classes[char.charCodeAt(0)]!
      if (next[edge] === 0) {
        next[edge] = ends.length
        ends.push([])
      }
      node = next[edge]!
    }
    ends[node]!.push(needle)
  }
  return { next, ends }
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

/**
 * Fills in the missing edges breadth first: those of the longest proper suffix that is also a prefix. Returns the states in
 * that order, so that those near the root, where nearly all text is, lie together.
 */
function complete<Needle>({ next, ends }: Trie<Needle>, row: number): readonly number[] {
  const suffix = new Int32Array(ends.length)
  const queue = [0]
  for (const node of queue) {
    const fallback = suffix[node]!
    if (node > 0) ends[node]!.push(...ends[fallback]!)
    for (let k = 0; k < row; k++) {
      const child = next[node * row + k]!
      const other = node === 0 ? 0 : next[fallback * row + k]!
      if (child === 0) next[node * row + k] = other
      else {
        suffix[child] = other
        queue.push(child)
      }
    }
  }
  return queue
}

/** States in their final order, multiplied by the row length. */
function numbered<Needle extends Text>(
  trie: Trie<Needle>,
  breadthFirst: readonly number[],
  row: number,
): Pick<Automaton<Needle>, 'next' | 'hot' | 'ends'> {
  const cold = breadthFirst.filter(node => trie.ends[node]!.length === 0)
  const order = [...cold, ...breadthFirst.filter(node => trie.ends[node]!.length > 0)]
  const place = new Int32Array(order.length)
  for (const [i, node] of order.entries()) place[node] = i * row
  const next = new Int32Array(order.length * row)
  for (const [i, node] of order.entries()) {
    for (let k = 0; k < row; k++) next[i * row + k] = place[trie.next[node * row + k]!]!
  }
  return { next, hot: cold.length * row, ends: order.map(node => trie.ends[node]!) }
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

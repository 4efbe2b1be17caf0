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
   * whitespace or a plus sign.
   */
  readonly text: string
  /** Only between characters that are no ASCII letter, digit or underscore. */
  readonly word: boolean
}

export interface Automaton<Needle extends Text> {
  /** The class of each of the 65,536 characters: at most `CLASS`. */
  readonly classes: Uint8Array
  /** Classes, which is the length of a row. */
  readonly row: number
  readonly next: Int32Array
  /** A needle ends in this state and all above. */
  readonly hot: number
  /** By state divided by `row`: the needles that end there. */
  readonly ends: readonly (readonly Needle[])[]
}

/** The highest class. */
export const CLASS = 0xff

const OTHER = 0
const SPACE = 1

/** Throws on a needle that cannot be found. */
export function automatonOf<Needle extends Text>(needles: readonly Needle[]): Automaton<Needle> {
  for (const needle of needles) checkNeedle(needle)
  const { classes, row } = foldCharacters(needles)
  const trie: number[][] = [new Array<number>(row).fill(-1)]
  const ends: Needle[][] = [[]]
  for (const needle of needles) {
    let node = 0
    for (const char of needle.text) {
      const k = classes[char.charCodeAt(0)]!
      if (trie[node]![k] === -1) {
        trie[node]![k] = trie.length
        trie.push(new Array<number>(row).fill(-1))
        ends.push([])
      }
      node = trie[node]![k]!
    }
    ends[node]!.push(needle)
  }
  complete(trie, ends)
  return { classes, row, ...numbered(trie, ends, row) }
}

/** Is what stands from `start` to `end` (inclusive) a word of its own? */
export function isWord(text: string, start: number, end: number): boolean {
  return !isWordChar(text.charCodeAt(start - 1)) && !isWordChar(text.charCodeAt(end + 1))
}

function foldCharacters(needles: readonly Text[]): { readonly classes: Uint8Array; readonly row: number } {
  const classes = new Uint8Array(0x10000)
  for (const c of [9, 10, 11, 12, 13, 32, 43]) classes[c] = SPACE
  let row = 2
  for (const needle of needles) {
    for (const char of needle.text) {
      const c = char.charCodeAt(0)
      if (classes[c] !== OTHER) continue
      classes[c] = row
      if (c >= 97 && c <= 122) classes[c - 32] = row
      row++
    }
  }
  return { classes, row }
}

/** Fills in the missing edges breadth first: those of the longest proper suffix that is also a prefix. */
function complete<Needle>(trie: number[][], ends: Needle[][]): void {
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

/** States in their final order, multiplied by the row length. */
function numbered<Needle extends Text>(
  trie: readonly number[][],
  ends: readonly Needle[][],
  row: number,
): Pick<Automaton<Needle>, 'next' | 'hot' | 'ends'> {
  const order = [...trie.keys()].sort((a, b) => Number(ends[a]!.length > 0) - Number(ends[b]!.length > 0) || a - b)
  const place = new Int32Array(trie.length)
  for (const [i, node] of order.entries()) place[node] = i * row
  const next = new Int32Array(order.length * row)
  for (const [i, node] of order.entries()) {
    for (let k = 0; k < row; k++) next[i * row + k] = place[trie[node]![k]!]!
  }
  const ordered = order.map(node => ends[node]!)
  const hot = ordered.findIndex(list => list.length > 0)
  return { next, hot: (hot < 0 ? order.length : hot) * row, ends: ordered }
}

function checkNeedle({ text }: Text): void {
  if (text.length < 2 || !/^[ -+\--~\u00a1-\u00ff]+$/.test(text) || text !== text.toLowerCase() || text.includes('+')) {
    throw new Error(`needle ${JSON.stringify(text)}: two or more lower-case characters up to U+00FF, no comma, no plus`)
  }
}

/** ASCII letter, digit or underscore. False for NaN (beyond the text). */
function isWordChar(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95
}

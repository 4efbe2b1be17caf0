/**
 * Strings in the Huffman code (RFC 7541 §5.2), a byte at a time: the state is the inner node of the code's tree that the
 * bits so far lead to (256 of them), and a row of the table says for each next byte which node follows and which symbols
 * were completed on the way: two at most, because the shortest code has five bits.
 *
 *   padding = at most 7 bits, all ones             EOS, or any other padding: the string is no string
 */
import { latin1 } from '../../../message/text.ts'
import { CODES, EOS } from './huffman-code.ts'

/** Entry: bits 0-7 the next state, 8-15 and 16-23 the symbols, 24-25 how many; `BAD`: EOS was reached. */
const BAD = -1

const TABLE = new Int32Array(256 * 256)
/** May a string end in this state? */
const ENDS = new Uint8Array(256)
build()

let room = Buffer.alloc(4096)

/** The string in `bytes[from, to)` as Latin-1; null when it breaks the rules. */
export function huffmanString(bytes: Uint8Array, from: number, to: number): string | null {
  // Five bits, the shortest code, make a byte.
  const most = Math.ceil(((to - from) * 8) / 5)
  if (most > room.length) room = Buffer.alloc(2 * most)
  const out = room
  let length = 0
  let state = 0
  for (let at = from; at < to; at++) {
    const entry = TABLE[(state << 8) | bytes[at]!]!
    if (entry === BAD) return null
    const symbols = entry >>> 24
    if (symbols > 0) {
      out[length++] = (entry >>> 8) & 0xff
      if (symbols > 1) out[length++] = (entry >>> 16) & 0xff
    }
    state = entry & 0xff
  }
  return ENDS[state] === 1 ? latin1(out, 0, length) : null
}

function build(): void {
  // Children of inner node n: tree[2n] and tree[2n + 1]; leaves are 256 + symbol.
  const tree: number[] = [0, 0]
  for (const { symbol, bits, code } of CODES) {
    let node = 0
    for (let bit = bits - 1; bit > 0; bit--) {
      const edge = 2 * node + ((code >>> bit) & 1)
      if (tree[edge] === 0) {
        tree[edge] = tree.length / 2
        tree.push(0, 0)
      }
      node = tree[edge]!
    }
    tree[2 * node + (code & 1)] = 256 + symbol
  }
  for (let state = 0; state < 256; state++) {
    for (let byte = 0; byte < 256; byte++) TABLE[(state << 8) | byte] = entryOf(tree, state, byte)
  }
  for (let node = 0, ones = 0; ones < 8; ones++, node = tree[2 * node + 1]!) ENDS[node] = 1
}

function entryOf(tree: readonly number[], state: number, byte: number): number {
  let node = state
  let symbols = 0
  let count = 0
  for (let bit = 7; bit >= 0; bit--) {
    node = tree[2 * node + ((byte >>> bit) & 1)]!
    if (node < 256) continue
    if (node - 256 === EOS) return BAD
    symbols |= (node - 256) << (8 + 8 * count)
    count++
    node = 0
  }
  return node | symbols | (count << 24)
}

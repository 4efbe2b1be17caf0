/**
 * Field lines that came before. Clients and servers send the same lines again and again, on one connection and on all of
 * them: such a line is compared with the one that followed the same line last time, and its field is shared by all records.
 * Nothing of it shows outside: what is found here is what reading the line gives.
 *
 * Bounded: SLOTS lines of at most LONGEST bytes. A line is kept when it comes for the second time, and replaced by another
 * one with the same slot.
 */
import type { Header } from '#schemas/records/exchange.ts'
import { latin1 } from '../../message/text.ts'
import { decidesFraming } from './fields.ts'

const SLOTS = 1024
const LONGEST = 1024

/** A line without its CR LF. */
export interface Line {
  readonly length: number
  /** Its bytes, four at a time: a third of the time of comparing single ones. The last word overlaps the one before. */
  readonly words: Int32Array
  readonly header: Header
  /** More than a header: framing, routing or decoding depends on it. */
  readonly decides: boolean
  /** What came after it last time. */
  next: Line | null
}

export class KnownLines {
  /** The line that began the last head. */
  first: Line | null = null
  readonly #lines: (Line | null)[] = new Array<Line | null>(SLOTS).fill(null)
  /** Hash of the line that was last seen in a slot and not kept. */
  readonly #seen = new Int32Array(SLOTS)

  /** The line [from, to), whose parts are known; null when it is not kept. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): Line | null {
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1)
    const line = this.#lines[slot]!
    return line !== null && line.length === to - from && stands(line, bytes, from) ? line : null
  }

  /** Keeps a line that was read; returns it when it came before. */
  keep(bytes: Uint8Array, from: number, to: number, hash: number, header: Header): Line | null {
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1)
    if (to - from > LONGEST || to - from < 4) return null
    if (this.#seen[slot] !== hash) {
      this.#seen[slot] = hash
      return null
    }
    const before = this.#lines[slot]!
    // A chain of replaced lines would stay in memory as long as its first one.
    if (before !== null) before.next = null
    const line = {
      length: to - from,
      words: wordsOf(bytes, from, to - from),
      header: ownText(header),
      decides: decidesFraming(header[0]),
      next: null,
    }
    this.#lines[slot] = line
    return line
  }
}

/** Strings that are no views of a longer one, which they would keep in memory. */
function ownText([name, value]: Header): Header {
  const bytes = Buffer.from(name + value, 'latin1')
  return [latin1(bytes, 0, name.length), latin1(bytes, name.length, bytes.length)]
}

/** The line is what stands at `at`; as many bytes must be there. */
export function stands({ words, length }: Line, bytes: Uint8Array, at: number): boolean {
  const from = bytes.byteOffset + at
  const seen = viewOf(bytes.buffer)
  const last = words.length - 1
  if (seen.getInt32(from + length - 4, true) !== words[last]) return false
  for (let i = 0; i < last; i++) if (seen.getInt32(from + 4 * i, true) !== words[i]) return false
  return true
}

function wordsOf(bytes: Uint8Array, at: number, length: number): Int32Array {
  const from = bytes.byteOffset + at
  const seen = viewOf(bytes.buffer)
  const words = new Int32Array(Math.ceil(length / 4))
  for (let i = 0; i < words.length; i++) words[i] = seen.getInt32(from + Math.min(4 * i, length - 4), true)
  return words
}

/** Chunks are views of batches: one view of a batch serves them all. */
let viewed: ArrayBufferLike = new ArrayBuffer(0)
let view: DataView<ArrayBufferLike> = new DataView(viewed)

function viewOf(buffer: ArrayBufferLike): DataView {
  if (buffer !== viewed) {
    view = new DataView(buffer)
    viewed = buffer
  }
  return view
}

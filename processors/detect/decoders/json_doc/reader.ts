/**
 * A tolerant JSON reader: no recursion, one pass, no tree. It yields the leaves and the names as it meets them, so a name
 * that comes twice yields both values.
 *
 * Beyond RFC 8259 it takes what servers are known to take: comments, single quotes, bare words, trailing commas, control
 * characters in strings, several documents in a row. Anything else is skipped and makes the outcome `part`.
 *
 *          '{'                name            ':'
 *   Value ─────► NameOrClose ──────► Colon ───────► Value          (the top of the stack says what ',' leads to:
 *     ▲  '[' pushes            ▲ ','                 │ leaf         NameOrClose in an object, Value in an array)
 *     └────────────────────────┴────────── Next ◄────┘
 */
import type { Decoded, DecoderLimits, Yield } from '#schemas/contracts/detector.ts'
import { isPlainName } from '../../text/pairs.ts'
import { readString } from './string.ts'

/** Levels that the point names; what is nested deeper stands at the point of its ancestor there. */
const NAMED_LEVELS = 16

const QUOTE = 34
const APOSTROPHE = 39
const DOLLAR = 36

export class JsonReader {
  readonly #text: string
  readonly #limits: DecoderLimits
  readonly #out: Yield
  #at = 0
  #broken = false
  /** Point elements of the open containers: "hash" and the name, or "array" and the index. */
  readonly #path: string[] = ['json_doc']
  /** Per open container: the next index of an array, or -1 for an object. */
  readonly #open: number[] = []
  #awaitsName = false
  #names = 0

  constructor(text: string, limits: DecoderLimits, out: Yield) {
    this.#text = text
    this.#limits = limits
    this.#out = out
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  read(): Decoded {
    while (this.#at < this.#text.length) {
      const c = this.#text.charCodeAt(this.#at)
      if (c <= 32 || c === 58 || c === 0xfeff)
        this.#at++ // whitespace, colon
      else if (c === 123 || c === 91) {
        if (this.#open.length >= this.#limits.nesting) return 'too-deep'
        this.#enter(c === 123)
      } else if (c === 125 || c === 93) this.#leave(c === 125)
      else if (c === 44) this.#comma()
      else if (c === 47 && this.#isComment()) {
        if (!this.#comment()) return 'whole'
      } else if (!this.#leaf(c)) return 'whole'
      else if (this.#names > this.#limits.values) return 'too-many'
    }
    return this.#broken || this.#open.length > 0 ? 'part' : 'whole'
  }

  #enter(object: boolean): void {
    this.#at++
    this.#open.push(object ? -1 : 0)
    if (this.#open.length <= NAMED_LEVELS) this.#path.push(object ? 'hash' : 'array', object ? '' : '0')
    this.#awaitsName = object
  }

  #leave(object: boolean): void {
    this.#at++
    if (this.#open.length === 0 || (this.#open.at(-1) === -1) !== object) {
      this.#broken = true
      return
    }
    if (this.#open.length <= NAMED_LEVELS) this.#path.length -= 2
    this.#open.pop()
    this.#awaitsName = false
  }

  #comma(): void {
    this.#at++
    const index = this.#open.at(-1)
    if (index === undefined) this.#broken = true
    else if (index === -1) this.#awaitsName = true
    else {
      this.#open[this.#open.length - 1] = index + 1
      if (this.#open.length <= NAMED_LEVELS) this.#path[this.#path.length - 1] = String(index + 1)
    }
  }

  /** A string, number, word or name. False when the budget is spent. */
  #leaf(c: number): boolean {
    const quoted = c === QUOTE || c === APOSTROPHE
    const leaf = quoted ? readString(this.#text, this.#at) : this.#bareWord()
    this.#at = leaf.end
    if (!leaf.closed) this.#broken = true
    if (this.#awaitsName) {
      this.#awaitsName = false
      this.#names++
      if (this.#open.length <= NAMED_LEVELS) this.#path[this.#path.length - 1] = leaf.text
      // A name with a dollar sign can be an operator of a query, whose operands need not be values: `{"$gt":{}}`.
      if (isPlainName(leaf.text) && leaf.text.charCodeAt(0) !== DOLLAR) return true
      return this.#out([...this.#path.slice(0, -1), '_name'], leaf.text)
    }
    // No needle is that short, and none is in a number or word. But a detector may want it for its name.
    if ((leaf.text.length < 2 || (!quoted && isScalar(leaf.text))) && this.#open.at(-1) !== -1) return true
    return this.#out(this.#path, leaf.text)
  }

  #bareWord(): { readonly text: string; readonly end: number; readonly closed: boolean } {
    let end = this.#at
    while (end < this.#text.length && !isDelimiter(this.#text.charCodeAt(end))) end++
    if (end === this.#at) end++
    const text = this.#text.slice(this.#at, end)
    return { text, end, closed: isScalar(text) || /^\w+$/.test(text) }
  }

  #isComment(): boolean {
    const kind = this.#text.charCodeAt(this.#at + 1)
    return kind === 47 || kind === 42
  }

  /** `// … line end` or a block. False when the budget is spent. */
  #comment(): boolean {
    const line = this.#text.charCodeAt(this.#at + 1) === 47
    const close = this.#text.indexOf(line ? '\n' : '*/', this.#at + 2)
    const end = close < 0 ? this.#text.length : close + (line ? 1 : 2)
    const place = this.#awaitsName ? this.#path.slice(0, -1) : this.#path
    const comment = this.#text.slice(this.#at, end)
    this.#at = end
    return this.#out([...place, '_comment'], comment)
  }
}

function isDelimiter(c: number): boolean {
  return c <= 32 || c === 44 || c === 58 || c === 91 || c === 93 || c === 123 || c === 125 || c === QUOTE
}

function isScalar(text: string): boolean {
  return (
    text === 'true' ||
    text === 'false' ||
    text === 'null' ||
    /^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/.test(text)
  )
}

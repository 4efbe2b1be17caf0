/**
 * Finds and reads the head of the next message: the plain way in one pass, everything else the long way.
 *
 * Keeps nothing but how far it has looked: bytes that are not understood yet stay with the reader, and are offered again
 * with more behind them.
 */
import type { Place, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import type { Draft } from '../../message/message.ts'
import { latin1 } from '../../message/text.ts'
import { Fields } from './fields.ts'
import { findHeadEnd, HeadParser, lineEnd, sectionText } from './head-parser.ts'
import { plainHead, scanPlainHead } from './scan.ts'
import type { Side } from './states.ts'

/**
 * What was found. `more`: it is not whole yet. `nothing`: an empty line, or an interim response. `cut`: a message whose
 * head was longer than allowed; it ends here, and the rest of the head is to be skipped.
 */
export type HeadFound = 'more' | 'garbage' | 'nothing' | 'message' | 'cut'

/** Of one head at a time: nobody keeps them. */
const PLAIN_FIELDS = new Fields()

export class HeadReader<Start> {
  #message: Draft | null = null
  /** Bytes of the head that were understood. */
  length = 0
  readonly parser: HeadParser<Start>
  /** How far the bytes were searched for the end of the head, and whether the first line was looked at. */
  #searched = 0
  #lineSeen = false
  readonly #side: Side<Start>
  readonly #limits: ProtocolLimits

  constructor(side: Side<Start>, limits: ProtocolLimits) {
    this.parser = new HeadParser(side, limits)
    this.#side = side
    this.#limits = limits
  }

  /** The message that was found: once, it is not kept. */
  take(): Draft | null {
    const message = this.#message
    this.#message = null
    return message
  }

  /** The next head begins somewhere else. */
  forget(): void {
    this.#searched = 0
    this.#lineSeen = false
  }

  /** `first`, `last`: places of the byte at `at` and of the last one. */
  read(bytes: Uint8Array, at: number, first: Place, last: Place): HeadFound {
    this.#message = null
    this.length = 0
    const byte = bytes[at]!
    if (byte === 13 || byte === 10) {
      // RFC 9112 §2.2: at least one empty line before a request line is ignored.
      const { pending } = this.parser
      if (!pending.includes('http1.leading-empty-line')) pending.push('http1.leading-empty-line')
      this.length = 1
      return 'nothing'
    }
    const kind = this.#side.look(bytes, at)
    if (kind === 'more' || kind === 'garbage') return kind
    if (kind === 'simple') {
      this.#message = this.#side.simpleHead(first)
      this.#side.began(this.#message)
      return 'message'
    }
    const limit = at + this.#limits.headBytes
    if (this.#searched === 0) {
      const found = this.#plain(bytes, at, limit, first, last)
      if (found !== 'more') return found
    }
    const end = findHeadEnd(bytes, at + Math.max(0, this.#searched - 2), limit)
    return end < 0 ? this.#unfinished(bytes, at, limit, first, last) : this.#whole(bytes, at, end, first, last)
  }

  /** A message of a head that ends before its time; null when it has no start line. An interim response is `nothing`. */
  readCut(text: string, first: Place, last: Place): 'garbage' | 'nothing' | 'cut' {
    const nl = text.indexOf('\n')
    const start = this.#side.startLine(text.slice(0, lineEnd(text, nl)))
    if (start === null) return 'garbage'
    return this.#begin(text, start, nl < 0 ? text.length : nl + 1, first, last) === 'nothing' ? 'nothing' : 'cut'
  }

  /** The head when nothing is odd about it; otherwise `more`, and the long way is taken. */
  #plain(bytes: Uint8Array, at: number, limit: number, first: Place, last: Place): HeadFound {
    const fields = PLAIN_FIELDS
    fields.clear()
    if (!scanPlainHead(bytes, at, limit, this.#limits.headers, this.#side.known, fields)) return 'more'
    const { lineEnd, blanks, end } = plainHead
    const start = this.#side.plainStartLine(bytes, at, lineEnd, blanks)
    if (start === null || this.#side.isSimple(start)) return 'more'
    this.forget()
    this.length = end - at
    this.#message = this.parser.beginPlain(start, fields, this.length, first, last)
    return this.#message === null ? 'nothing' : 'message'
  }

  #whole(bytes: Uint8Array, at: number, end: number, first: Place, last: Place): HeadFound {
    const text = sectionText(bytes, at, end)
    const nl = text.indexOf('\n')
    const start = this.#side.startLine(text.slice(0, lineEnd(text, nl)))
    return start === null ? 'garbage' : this.#begin(text, start, nl + 1, first, last)
  }

  /** The first line may be whole although the head is not: garbage and HTTP/0.9 show already. */
  #unfinished(bytes: Uint8Array, at: number, limit: number, first: Place, last: Place): HeadFound {
    const nl = this.#lineSeen ? -1 : bytes.indexOf(10, at)
    if (nl >= 0 && nl < limit) {
      this.#lineSeen = true
      const start = this.#side.startLine(latin1(bytes, at, bytes[nl - 1] === 13 ? nl - 1 : nl))
      if (start === null) return 'garbage'
      if (this.#side.isSimple(start)) {
        return this.#begin(latin1(bytes, at, nl + 1), start, nl + 1 - at, first, last)
      }
    }
    this.#searched = bytes.length - at
    if (bytes.length < limit) return 'more'
    // What fits the limit is the message; the rest of the section is skipped.
    this.parser.pending.push('http1.head-too-long')
    const found = this.readCut(latin1(bytes, at, limit), first, last)
    this.length = limit - at
    return found === 'nothing' ? 'cut' : found
  }

  #begin(text: string, start: Start, fieldsAt: number, first: Place, last: Place): 'nothing' | 'message' {
    this.forget()
    this.#message = this.parser.begin(text, start, fieldsAt, first, last)
    this.length = this.parser.length
    return this.#message === null ? 'nothing' : 'message'
  }
}

import { Refused } from '#schemas/contracts/errors.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import type { Segmenter } from '#schemas/wire/segmenter.ts'

/** Plain data: where to go on after a restart. */
export interface Position {
  /** Lines done. */
  readonly line: number
  /** Capture time reached, µs. */
  readonly time: number
}

export const START: Position = { line: 0, time: 0 }

/** Link type of Ethernet in the registry of tcpdump.org. */
const ETHERNET = 1

/**
 *   line  = frame / comment / nothing
 *   frame = 1*16DIGIT SP 1*(2HEXDIG)      capture time in µs since 1970, then the frame from its first byte
 */
const FRAME = /^(\d{1,16}) ((?:[0-9a-f]{2})+)$/i
const NO_FRAME = /^(?:#.*)?$/

/**
 *   Reading ──last line──► Ended (read: null)
 *      └──bad line──► Failed (read: throws); both after a batch with everything before and an `end`
 */
export class FrameLines implements Producer {
  readonly #path: string
  readonly #lines: readonly string[]
  readonly #segmenter: Segmenter
  readonly #batchBytes: number
  #line: number
  #ended = false
  #failure: Refused | null = null

  constructor(path: string, text: string, position: Position, segmenter: Segmenter, batchBytes: number) {
    this.#path = path
    this.#lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
    this.#line = position.line
    this.#segmenter = segmenter
    this.#batchBytes = batchBytes
    this.#ended = position.line >= this.#lines.length
  }

  async read(signal: AbortSignal): Promise<Captured | null> {
    signal.throwIfAborted()
    if (this.#failure !== null) throw this.#failure
    if (this.#ended) return null
    while (this.#line < this.#lines.length && this.#segmenter.bytes < this.#batchBytes) {
      if (!this.#take(this.#lines[this.#line]!)) break
      this.#line++
    }
    this.#ended = this.#line === this.#lines.length
    if (this.#ended || this.#failure !== null) this.#segmenter.end()
    const position: Position = { line: this.#line, time: this.#segmenter.time }
    return { batches: this.#segmenter.take(), position }
  }

  stats(): Readonly<Record<string, number>> {
    return this.#segmenter.stats()
  }

  progress(): { readonly done: number; readonly total: number } {
    return { done: this.#line, total: this.#lines.length }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** False: the line is neither a frame nor a comment. */
  #take(line: string): boolean {
    if (NO_FRAME.test(line)) return true
    const [, time, digits] = FRAME.exec(line) ?? []
    if (time === undefined || digits === undefined) {
      const place = `${this.#path}:${this.#line + 1}`
      this.#failure = new Refused('bad-line', `${place}: expected a time in µs, a blank and hexadecimal digits`)
      return false
    }
    const frame = Buffer.from(digits, 'hex')
    this.#segmenter.frame(ETHERNET, frame, 0, frame.length, frame.length, Number(time), this.#line + 1)
    return true
  }
}

/**
 * What an engine says on standard error, in tcpdump's words:
 *
 *   listening on eth0, …
 *   10 packets captured, 12 packets received by filter, 2 packets dropped by kernel
 *   anything else: why it ends
 */

import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const LISTENING = /\blistening on\b/
const RECEIVED = /\b(\d+) packets? received by filter/
const DROPPED = /\b(\d+) packets? dropped by kernel/
const COUNTS = /\b\d+ packets? (?:captured|received by filter|dropped by)/
const KEPT_LINES = 5
const KEPT_CHARACTERS = 500

export class Said {
  received: number | null = null
  dropped: number | null = null
  /** Resolves when it captures. */
  readonly listening: Promise<void>
  readonly #lines: string[] = []
  readonly #listens: () => void

  constructor(stderr: Readable) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.listening = promise
    this.#listens = resolve
    createInterface({ input: stderr, crlfDelay: Number.POSITIVE_INFINITY }).on('line', line => this.add(line))
  }

  /** The last lines that are words, without the program's name. */
  get last(): string {
    return this.#lines.join('; ')
  }

  add(line: string): void {
    if (LISTENING.test(line)) this.#listens()
    else if (COUNTS.test(line)) this.#count(line)
    else if (line.trim() !== '') this.#keep(line.trim())
  }

  #count(line: string): void {
    const received = RECEIVED.exec(line)
    const dropped = DROPPED.exec(line)
    if (received !== null) this.received = Number(received[1])
    if (dropped !== null) this.dropped = Number(dropped[1])
  }

  #keep(line: string): void {
    const words = line.slice(0, KEPT_CHARACTERS).replace(/^tcpdump: /, '')
    if (words.startsWith('Warning:')) return
    this.#lines.push(words)
    if (this.#lines.length > KEPT_LINES) this.#lines.shift()
  }
}

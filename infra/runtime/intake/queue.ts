import type { QueuedRound } from './round.ts'

/** Rounds in memory, oldest first, numbers rising. Bounded by `maxBytes`; a single round always fits when it is empty. */
export class RoundQueue {
  readonly #maxBytes: number
  #rounds: QueuedRound[] = []
  #bytes = 0
  #closed = false
  #changed = Promise.withResolvers<void>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get empty(): boolean {
    return this.#rounds.length === 0
  }

  get closed(): boolean {
    return this.#closed
  }

  fits(bytes: number): boolean {
    return this.empty || this.#bytes + bytes <= this.#maxBytes
  }

  /** Whether it fits is the caller's to ask. */
  push(round: QueuedRound): void {
    this.#rounds.push(round)
    this.#bytes += round.bytes
    this.#wake()
  }

  /** The oldest rounds, about `bytes` of them, at least one when there is one. They stay until they are forgotten. */
  oldest(bytes: number): readonly QueuedRound[] {
    let end = 0
    for (let sum = 0; end < this.#rounds.length; end++) {
      sum += this.#rounds[end]!.bytes
      if (end > 0 && sum > bytes) break
    }
    return this.#rounds.slice(0, end)
  }

  /** Rounds up to this number are kept elsewhere now. Some or all of them may be gone already. */
  forget(seq: number): void {
    let end = 0
    while (end < this.#rounds.length && this.#rounds[end]!.seq <= seq) this.#bytes -= this.#rounds[end++]!.bytes
    this.#rounds.splice(0, end)
  }

  /** Nothing more comes. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  /** Resolves at the next `push` or `close`. */
  changed(): Promise<void> {
    return this.#changed.promise
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

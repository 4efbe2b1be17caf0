/**
 * When the other side of a sink is asked. One for all batches of the sink: what fails for one of them fails for all.
 *
 *   closed ──failure──► waiting (back-off) ──time──► closed, the count of failures kept
 *      ▲                    │ `opens` failures in a row
 *      │                    ▼
 *      └──success── open: one try at a time, back-off between them
 *
 * Pure: it is told the time (ms), and says when.
 */
import type { Retryable } from '#schemas/contracts/errors.ts'

export interface CircuitOptions {
  readonly firstMs: number
  readonly maxMs: number
  /** Tries after failures in any minute. */
  readonly perMinute: number
  /** Failures in a row that open it. */
  readonly opens: number
  /** 0 (inclusive) to 1: jitter. */
  readonly random: () => number
}

const MINUTE = 60_000

export class Circuit {
  /** Failures since the last success. */
  failures = 0
  /** How often the budget made somebody wait. */
  exhausted = 0
  readonly #options: CircuitOptions
  #next = 0
  #trying = 0
  /** Times of the tries after failures, within the last minute. */
  readonly #retries: number[] = []

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  get open(): boolean {
    return this.failures >= this.#options.opens
  }

  /** Milliseconds until a try may be made; 0: now. Infinity: when the one that is under way has ended. */
  waitMs(now: number): number {
    if (this.open && this.#trying > 0) return Number.POSITIVE_INFINITY
    return Math.max(0, this.#next - now)
  }

  /** A try is made: `waitMs` said 0. */
  begin(now: number): void {
    this.#trying++
    if (this.failures > 0) this.#retries.push(now)
  }

  /** Its end. True: it closed the circuit. */
  succeeded(): boolean {
    const was = this.open
    this.#trying--
    this.failures = 0
    this.#next = 0
    return was
  }

  /** Its end, the error that it ended with, or null when it was given up. True: it opened the circuit. */
  failed(error: Retryable | null, now: number): boolean {
    this.#trying--
    if (error === null) return false
    const was = this.open
    this.failures++
    const { firstMs, maxMs, random } = this.#options
    // Jitter between half and full: two nodes that failed together do not come back together.
    const exponential = Math.min(maxMs, firstMs * 2 ** Math.min(this.failures - 1, 30)) * (0.5 + random() / 2)
    this.#next = Math.max(this.#next, now + (error.retryAfter ?? exponential), this.#affordable(now))
    return this.open && !was
  }

  /** When the budget allows the next try after a failure. */
  #affordable(now: number): number {
    while (this.#retries.length > 0 && this.#retries[0]! <= now - MINUTE) this.#retries.shift()
    const { perMinute } = this.#options
    if (this.#retries.length < perMinute) return 0
    this.exhausted++
    return this.#retries[this.#retries.length - perMinute]! + MINUTE
  }
}

/** Playing a capture at its own pace. */

/** The wall clock, as a parameter: tests bring their own. */
export interface Clock {
  /** Milliseconds, never going back. */
  now(): number
  /** Throws the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

export class Pace {
  readonly #speed: number
  readonly #clock: Clock
  #origin: { readonly time: number; readonly now: number } | null = null

  /** `speed`: 1 is the capture's own pace, 2 twice as fast, 0 as fast as possible. */
  constructor(speed: number, clock: Clock) {
    this.#speed = speed
    this.#clock = clock
  }

  /** Milliseconds until what was captured at `time` (µs) is due; 0 or less: now. The first call sets the start. */
  delay(time: number): number {
    if (this.#speed === 0) return 0
    this.#origin ??= { time, now: this.#clock.now() }
    return (time - this.#origin.time) / 1000 / this.#speed - (this.#clock.now() - this.#origin.now)
  }

  async until(time: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(Math.max(0, this.delay(time)), signal)
  }
}

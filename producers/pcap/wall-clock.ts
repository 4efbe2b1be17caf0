/**
 * Wall clock in whole microseconds, never going back while nobody sets it. `Date.now()` has milliseconds only;
 * `performance.now()` has microseconds, but does not follow a clock that is set or slewed: it is anchored again whenever
 * the two have parted by more than the tolerance.
 */
const TOLERANCE_MS = 20

export class WallClock {
  readonly #steady: () => number
  readonly #wall: () => number
  #anchor: number

  constructor(steady = () => performance.now(), wall = () => Date.now()) {
    this.#steady = steady
    this.#wall = wall
    this.#anchor = wall() - steady()
  }

  /** µs since 1970 */
  now(): number {
    const steady = this.#steady()
    const wall = this.#wall()
    if (Math.abs(this.#anchor + steady - wall) > TOLERANCE_MS) this.#anchor = wall - steady
    return Math.floor((this.#anchor + steady) * 1000)
  }
}

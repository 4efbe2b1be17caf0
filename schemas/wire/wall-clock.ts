/**
 * Times of packets that come without one, whole µs since 1970. `Date` counts milliseconds, and the monotone clock does not
 * follow a clock that is set or slewed: this is the monotone clock, set by the wall clock, and set again when the two have
 * parted.
 */
const TOLERANCE_MS = 20

export class WallClock {
  readonly #steady: () => number
  readonly #wall: () => number
  #origin: number

  /** Both in milliseconds; for tests. */
  constructor(steady = () => performance.now(), wall = () => Date.now()) {
    this.#steady = steady
    this.#wall = wall
    this.#origin = wall() - steady()
  }

  now(): number {
    return Math.floor((this.#origin + this.#steady()) * 1000)
  }

  /** Follows the wall clock, which an administrator or NTP may have moved: to be called once in a while. */
  follow(): void {
    const origin = this.#wall() - this.#steady()
    if (Math.abs(origin - this.#origin) > TOLERANCE_MS) this.#origin = origin
  }
}

/** What is wrong for longer than a moment, told once, and told again when it is over. */

/** A request that fails and works the next time is nobody's business. */
const PATIENCE_MS = 10_000

export class Complaint {
  readonly #over: string
  #since: number | null = null
  #told = false

  /** `over`: what to say in the end. */
  constructor(over: string) {
    this.#over = over
  }

  /** `problem`: what is wrong now, or null. `now`: ms, monotone. Returns what is to be told now, or null. */
  check(problem: string | null, now: number): string | null {
    if (problem === null) {
      const told = this.#told
      this.#since = null
      this.#told = false
      return told ? this.#over : null
    }
    this.#since ??= now
    if (this.#told || now - this.#since < PATIENCE_MS) return null
    this.#told = true
    return problem
  }
}

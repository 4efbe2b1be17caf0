/** What many hold together: bytes of memory, streams. */
export class Budget {
  readonly #most: number
  #used = 0

  constructor(most: number) {
    this.#most = most
  }

  get used(): number {
    return this.#used
  }

  /** False: there is not so much left; nothing was taken. */
  take(amount: number): boolean {
    if (this.#used + amount > this.#most) return false
    this.#used += amount
    return true
  }

  /** What was taken before. */
  give(amount: number): void {
    this.#used -= amount
  }
}

/** Memory that many hold together. */
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
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false
    this.#used += bytes
    return true
  }

  /** What was taken before. */
  give(bytes: number): void {
    this.#used -= bytes
  }
}

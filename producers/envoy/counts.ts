/** Counters by name. Names are ours, never a client's: the table cannot grow. */
export class Counts {
  readonly #counts = new Map<string, number>()

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}

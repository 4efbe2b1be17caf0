/**
 * What Lua filters say they left out (`dropped` of a message): counters `filter.<name>`. Names come from outside, so there
 * are few of them, and short.
 */
import type { MessageHalf } from '#schemas/records/message.ts'
import type { Counts } from './counts.ts'

const NAME = /^[a-zA-Z]{1,32}$/
const MOST_NAMES = 32
const OTHER = 'other'

export class FilterCounts {
  readonly #counts: Counts
  readonly #names = new Set<string>()

  constructor(counts: Counts) {
    this.#counts = counts
  }

  add(dropped: NonNullable<MessageHalf['dropped']>): void {
    for (const [name, count] of Object.entries(dropped)) this.#counts.add(`filter.${this.#known(name)}`, count)
  }

  #known(name: string): string {
    if (this.#names.has(name)) return name
    if (!NAME.test(name) || this.#names.size >= MOST_NAMES) return OTHER
    this.#names.add(name)
    return name
  }
}

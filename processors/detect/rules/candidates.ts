/** Which rules could find something in a value: one pass over its text for the needles of all of them. */
import { type Automaton, automatonOf, type Text } from '../automaton.ts'

interface Needle extends Text {
  readonly rule: number
}

interface Wanting {
  readonly needles: readonly string[]
  readonly names: readonly string[]
}

export class Candidates {
  readonly #automaton: Automaton<Needle>
  readonly #byName = new Map<string, number[]>()
  /** Per rule: the last look that found it, so that it is taken once. */
  readonly #seen: Uint32Array
  #look = 0

  constructor(rules: readonly Wanting[]) {
    this.#automaton = automatonOf(
      rules.flatMap(({ needles }, rule) => needles.map(text => ({ text, word: false, rule }))),
    )
    for (const [rule, { names }] of rules.entries()) {
      for (const name of names) this.#byName.set(name, [...(this.#byName.get(name) ?? []), rule])
    }
    this.#seen = new Uint32Array(rules.length)
  }

  /** Their indexes, rising. `point` is that of the value. */
  of(text: string, point: readonly string[]): readonly number[] {
    const found: number[] = []
    this.#look = (this.#look + 1) >>> 0
    if (this.#look === 0) this.#seen.fill(0)
    const take = (rule: number): void => {
      if (this.#seen[rule] === this.#look) return
      this.#seen[rule] = this.#look
      found.push(rule)
    }
    if (this.#byName.size > 0) {
      for (const element of point) for (const rule of this.#byName.get(element.toLowerCase()) ?? []) take(rule)
    }
    const { classes, next, hot, row, ends } = this.#automaton
    let state = 0
    for (let i = 0; i < text.length; i++) {
      state = next[state + classes[text.charCodeAt(i)]!]!
      if (state >= hot) for (const { rule } of ends[state / row]!) take(rule)
    }
    return found.sort((a, b) => a - b)
  }
}

/** Which probes could find something in a text: one pass over it for all of their needles. */
import { automatonOf, type Text } from '../../automaton.ts'
import type { Probe } from './leak.ts'

interface Needle extends Text {
  readonly probe: number
}

export class Finder {
  readonly #probes: readonly Probe[]
  readonly #automaton
  readonly #seen: Uint8Array

  constructor(probes: readonly Probe[]) {
    this.#probes = probes
    this.#seen = new Uint8Array(probes.length)
    this.#automaton = automatonOf<Needle>(
      probes.flatMap(({ needles }, probe) => needles.map(text => ({ text, word: false, probe }))),
    )
  }

  /** In the order of the table: those with a needle in the text, and those that have none. */
  *among(text: string): Generator<Probe> {
    this.#scan(text)
    for (const [i, probe] of this.#probes.entries()) {
      if (this.#seen[i] === 1 || probe.needles.length === 0) yield probe
    }
  }

  #scan(text: string): void {
    const { classes, row, next, hot, ends } = this.#automaton
    this.#seen.fill(0)
    let state = 0
    for (let i = 0; i < text.length; i++) {
      state = next[state + classes[text.charCodeAt(i)]!]!
      if (state >= hot) for (const { probe } of ends[state / row]!) this.#seen[probe] = 1
    }
  }
}

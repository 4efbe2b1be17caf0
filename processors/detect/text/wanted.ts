/** Law 3 of detectors, by construction: what holds no needle is not found, whatever else the sieve was woken for. */
import { type Automaton, automatonOf, isWord, type Text } from '../automaton.ts'

/** A function that looks through a text up to the first of the needles: one pass. */
export function anyNeedleOf(literals: readonly string[], words: readonly string[]): (text: string) => boolean {
  // Built when something is found for the first time: few processes ever need it.
  let built: Automaton<Text> | null = null
  return text => {
    built ??= automatonOf([
      ...literals.map(needle => ({ text: needle, word: false })),
      ...words.map(needle => ({ text: needle, word: true })),
    ])
    return holdsOne(text, built)
  }
}

function holdsOne(text: string, { classes, next, hot, ends, row }: Automaton<Text>): boolean {
  let state = 0
  for (let i = 0; i < text.length; i++) {
    state = next[state + classes[text.charCodeAt(i)]!]!
    if (state < hot) continue
    if (ends[state / row]!.some(needle => !needle.word || isWord(text, i - needle.text.length + 1, i))) return true
  }
  return false
}

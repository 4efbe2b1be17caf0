/**
 * A search for texts that take a function long: hill climbing over what is repeated, with time per character as height.
 *
 *   text = head, unit, unit, unit, … , tail        units are fragments put together: needles, tokens, punctuation
 *
 * Repeats are what makes a loop look again and again; the head opens what never ends (a quote, a bracket), the tail is where
 * a scan ends. The best of a short text is then tried four times as long: if a character takes much longer there, the function
 * is not linear.
 */
import { mulberry32 } from '#test/driver/random.ts'

export interface Worst {
  readonly text: string
  /** What is repeated in it. */
  readonly unit: string
  readonly nsPerChar: number
  /** Time per character of a text four times as long, in relation: about 1 when linear, about 4 when quadratic. */
  readonly growth: number
}

interface Genome {
  readonly head: string
  readonly unit: readonly string[]
  readonly tail: string
}

export interface Search {
  readonly seed: number
  readonly fragments: readonly string[]
  /** Characters of a text, and how many texts are tried. */
  readonly length: number
  readonly tries: number
}

const LONGEST_UNIT = 8

export function searchWorst(run: (text: string) => void, { seed, fragments, length, tries }: Search): Worst {
  const random = mulberry32(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const fresh = (): Genome => ({
    head: random() < 0.3 ? pick(fragments) + (random() < 0.3 ? pick(fragments) : '') : '',
    unit: Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(fragments)),
    tail: random() < 0.3 ? pick(fragments) : '',
  })
  const mutated = ({ head, unit, tail }: Genome): Genome => {
    const changed = [...unit]
    const at = Math.floor(random() * changed.length)
    const kind = random()
    if (kind < 0.35) changed[at] = pick(fragments)
    else if (kind < 0.6 && changed.length < LONGEST_UNIT) changed.splice(at, 0, pick(fragments))
    else if (kind < 0.75 && changed.length > 1) changed.splice(at, 1)
    else if (kind < 0.85) return { head: random() < 0.5 ? '' : pick(fragments), unit, tail }
    else if (kind < 0.95) return { head, unit, tail: random() < 0.5 ? '' : pick(fragments) }
    else changed[at] = changed[at]!.slice(0, 1 + Math.floor(random() * changed[at]!.length))
    return { head, unit: changed, tail }
  }
  let best = fresh()
  let height = 0
  for (let i = 0; i < tries; i++) {
    const candidate = i < tries / 3 ? fresh() : mutated(best)
    const text = textOf(candidate, length)
    const ns = timed(run, text, 1) / text.length
    // Other work on the machine makes a lucky candidate: it has to win twice.
    if (ns <= height || timed(run, text, 3) / text.length <= height) continue
    best = candidate
    height = timed(run, text, 3) / text.length
  }
  const text = textOf(best, length)
  const longer = textOf(best, 4 * length)
  const nsPerChar = timed(run, text, 9) / text.length
  return { text, unit: best.unit.join(''), nsPerChar, growth: timed(run, longer, 5) / longer.length / nsPerChar }
}

function textOf({ head, unit, tail }: Genome, length: number): string {
  const one = unit.join('')
  const text = head + one.repeat(Math.max(1, Math.floor(length / one.length))) + tail
  // From bytes: a text put together of pieces is flattened when it is first looked at, which would be counted.
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** ns: the best of `rounds`. */
function timed(run: (text: string) => void, text: string, rounds: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    run(text)
    best = Math.min(best, (performance.now() - start) * 1e6)
  }
  return best
}

/** Needles of detectors, and values that they want for their names, whatever they hold. */
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Needle } from './sieve.ts'

/** What the sieve looks for; the owner is the detector's index. */
export function needlesOf(detectors: readonly DetectorSpec[]): readonly Needle[] {
  return detectors.flatMap(({ literals, words }, owner) => [
    ...literals.map(text => ({ text, word: false, owner })),
    ...words.map(text => ({ text, word: true, owner })),
  ])
}

/** Names for which a region is taken apart wherever they stand in it. */
export function wakingNames(detectors: readonly DetectorSpec[]): readonly string[] {
  return detectors.flatMap(({ names, quietNames }) => (quietNames ? [] : (names ?? [])))
}

/** A function from the point elements that a decoder appended to the detectors (bit n: the n-th) that look at that name. */
export function namesOf(detectors: readonly DetectorSpec[]): (suffix: readonly string[]) => number {
  const owners = new Map<string, number>()
  let quiet = 0
  for (const [i, { names, quietNames }] of detectors.entries()) {
    if (quietNames) quiet |= 1 << i
    for (const name of names ?? []) owners.set(name, (owners.get(name) ?? 0) | (1 << i))
  }
  if (owners.size === 0) return () => 0
  return suffix => {
    const named = owners.get(lastName(suffix).toLowerCase()) ?? 0
    // Cookies are in every request, and names that leave it to their needles are none of theirs.
    return suffix[0] === 'cookie' ? named & ~quiet : named
  }
}

/** `["user","array","0"]` and `["user","pollution"]` are values of `user`. */
function lastName(suffix: readonly string[]): string {
  const last = suffix.at(-1) ?? ''
  if (last === 'pollution') return suffix.at(-2) ?? ''
  return suffix.at(-2) === 'array' ? (suffix.at(-3) ?? '') : last
}

/** Is a header's name one that a detector wants? Nearly all are told by their length and first letter. */
export function headerNamesOf(detectors: readonly DetectorSpec[]): (header: string) => boolean {
  const names = new Set(detectors.flatMap(({ names }) => names ?? []))
  const shapes = new Uint8Array(2048)
  for (const name of names) shapes[shapeOf(name)] = 1
  return header => shapes[shapeOf(header)] === 1 && names.has(header.toLowerCase())
}

/** Below 2,048, the same in either case of letters. */
function shapeOf(name: string): number {
  return ((name.length & 63) << 5) | (name.charCodeAt(0) & 31)
}

/** Values that detectors want for their names, whatever they hold. */
import type { DetectorSpec } from '#schemas/contracts/detector.ts'

/** A function from the point elements that a decoder appended to the detectors (bit n: the n-th) that look at that name. */
export function namesOf(detectors: readonly DetectorSpec[]): (suffix: readonly string[]) => number {
  const owners = new Map<string, number>()
  for (const [i, { names }] of detectors.entries()) {
    for (const name of names ?? []) owners.set(name, (owners.get(name) ?? 0) | (1 << i))
  }
  if (owners.size === 0) return () => 0
  return suffix => owners.get(lastName(suffix).toLowerCase()) ?? 0
}

/** `["user","array","0"]` and `["user","pollution"]` are values of `user`. */
function lastName(suffix: readonly string[]): string {
  const last = suffix.at(-1) ?? ''
  if (last === 'pollution') return suffix.at(-2) ?? ''
  return suffix.at(-2) === 'array' ? (suffix.at(-3) ?? '') : last
}

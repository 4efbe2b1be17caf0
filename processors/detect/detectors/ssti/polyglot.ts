/** Openers of template languages one after the other: `${{<%[%'"}}%\`. */

const OPENERS = ['{{', '${', '<%', '#{', '{%', '*{', '@{', '{#', '[[', '{@'] as const

/** The first place of three different openers that nothing is in, or -1. */
export function polyglotAt(lower: string): number {
  if (lower.length > 256) return -1
  let first = -1
  let kinds = 0
  for (const opener of OPENERS) {
    const at = lower.indexOf(opener)
    if (at < 0 || /^\s{0,4}[\w.]/.test(lower.slice(at + 2, at + 8))) continue
    kinds++
    if (first < 0 || at < first) first = at
  }
  return kinds >= 3 ? first : -1
}

/** Patterns in which `*` stands for any run of characters, none included; all else is itself. */

/** More stars than anybody needs; each one is a search through the text. */
export const MAX_STARS = 8

export function starsOf(pattern: string): number {
  return pattern.split('*').length - 1
}

/** Time is at most length of text times number of stars: no backtracking, because the leftmost place of a part is never worse. */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...middle] = pattern.split('*')
  const last = middle.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of middle) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Reading text without tokens: words of ASCII letters, and what stands before a place. */

/** Index of the last character before `at` that is no blank, or -1. */
export function previousInk(lower: string, at: number): number {
  let i = at - 1
  const least = Math.max(-1, at - 64)
  while (i > least && lower.charCodeAt(i) <= 32) i--
  return i
}

/** Index after the word (letters, digits, underscore, dollar sign, dot) that begins at `at`. */
export function wordEnd(lower: string, at: number): number {
  while (at < lower.length && isWordPart(lower.charCodeAt(at))) at++
  return at
}

export function isWordPart(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 95 || c === 36 || c === 46
}

/** Characters by what they mean to a shell. */

/** What never ends a piece of a word outside of quotes. */
export function isLetter(c: number): boolean {
  return isWordChar(c) || (c >= 43 && c <= 58) || c > 127 || c === 61 || c === 64 || c === 37 || c === 42 || c === 63
}

export function isSpecialInDouble(c: number): boolean {
  return c === 34 || c === 36 || c === 96 || c === 92
}

/** ASCII letter, digit or underscore. */
export function isWordChar(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95
}

export function isBlank(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13)
}

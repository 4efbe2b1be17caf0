/** Longest range of versions that is read. */
const MAX_RANGE = 160

/**
 * Versions that a package works with, as npm and Composer write them: `>=16 || 14 >=14.17`. Alternatives of comparisons
 * like a condition, but without an equals sign of their own, and with a comparison at the start or a dot in a number.
 */
export function isVersions(lower: string): boolean {
  if (lower.length > MAX_RANGE || !lower.includes('||') || !/^[\d.\s<>=^~|x*-]+$/.test(lower)) return false
  return !/(?<![<>])=/.test(lower) && (/^\s{0,8}[<>^~]/.test(lower) || /\d\.\d/.test(lower) || /\d\s[<>]=/.test(lower))
}

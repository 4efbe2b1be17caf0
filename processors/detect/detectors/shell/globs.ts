/** File name patterns: `?`, `*`, `[abc]`. */

/** Longest pattern and name that are compared: the cost is their product. */
const MAX = 64

/** Does `pattern` match all of `name`? As the shell does, but `*` and `?` match a dot at the beginning too. */
export function matchesGlob(pattern: string, name: string): boolean {
  if (pattern.length > MAX || name.length > MAX) return false
  let p = 0
  let n = 0
  let star = -1
  let resume = 0
  while (n < name.length) {
    const step = matchOne(pattern, p, name[n]!)
    if (step > 0) {
      p += step
      n++
    } else if (pattern[p] === '*') {
      star = p++
      resume = n
    } else if (star >= 0 && name[resume] !== '/') {
      p = star + 1
      n = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Length of the element at `p` if it matches `char`, else 0. */
function matchOne(pattern: string, p: number, char: string): number {
  const c = pattern[p]
  if (c === '?') return char === '/' ? 0 : 1
  if (c === '[') {
    const end = pattern.indexOf(']', p + 2)
    if (end > 0) {
      const set = pattern.slice(p + 1, end)
      const negated = set[0] === '!' || set[0] === '^'
      return inSet(negated ? set.slice(1) : set, char) !== negated ? end - p + 1 : 0
    }
  }
  return c === char && c !== '*' ? 1 : 0
}

function inSet(set: string, char: string): boolean {
  for (let i = 0; i < set.length; i++) {
    if (set[i + 1] === '-' && i + 2 < set.length) {
      if (set[i]! <= char && char <= set[i + 2]!) return true
      i += 2
    } else if (set[i] === char) return true
  }
  return false
}

/** `adduse[r]`: a set of one letter is that letter. */
export function withoutSingletons(text: string): string {
  return text.includes('[') ? text.replace(/\[(\w)\]/g, '$1') : text
}

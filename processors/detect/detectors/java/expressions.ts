/** `%{…}`, `#{…}`, `${…}`, `*{…}`: what stands between the braces, nested ones included. */

/** Longest expression that has an end. */
const LONGEST = 4096
/** Expressions of one value that are judged. */
const MOST = 256

const OPEN = /[%#$*]\{/g

/** Calls `visit` with the place of every outermost expression and its body. Linear: judged spans do not overlap. */
export function eachExpression(lower: string, visit: (start: number, body: string) => void): void {
  let from = 0
  for (let count = 0; count < MOST; count++) {
    OPEN.lastIndex = from
    const open = OPEN.exec(lower)
    if (open === null) return
    const end = closingBrace(lower, open.index + 2)
    visit(open.index, lower.slice(open.index + 2, end))
    from = end
  }
}

/** So much of an expression that is left open is judged. */
const OPEN_END = 512

/** Index of the brace that closes the one in front of `at`, or where the bound or the text ends. */
function closingBrace(lower: string, at: number): number {
  const limit = Math.min(lower.length, at + LONGEST)
  let depth = 0
  for (let i = at; i < limit; i++) {
    const c = lower.charCodeAt(i)
    if (c === 123) depth++
    else if (c === 125 && depth-- === 0) return i
  }
  return Math.min(limit, at + OPEN_END)
}

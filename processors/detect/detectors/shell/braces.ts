/** Brace expansion: `{cat,/etc/passwd}` becomes two words, `{n$u\c,-lvp,1}` three. */
import { expansionAt, type Variables } from './variables.ts'

export interface Braces {
  readonly parts: readonly string[]
  /** Behind the closing brace. */
  readonly end: number
}

/** Longest text between braces that is looked at. */
const MAX = 256
const MAX_PARTS = 32

/** The braces that open at `at`; null when they hold no comma, are not closed, or hold a document. */
export function bracesOf(text: string, at: number, variables: Variables): Braces | null {
  const parts: string[] = []
  let part = ''
  const last = Math.min(text.length, at + MAX)
  for (let i = at + 1; i < last; i++) {
    const c = text[i]!
    if (c === '}') {
      if (parts.length === 0) return null
      parts.push(part)
      return { parts, end: i + 1 }
    }
    if (c === ' ' || c === '\n' || c === '{' || c === ';' || parts.length > MAX_PARTS) return null
    if (c === ',') {
      parts.push(part)
      part = ''
    } else if (c === '"' || c === "'") continue
    else if (c === '\\') part += text[++i] ?? ''
    else if (c === '$') {
      if (text[i + 1] === "'" || text[i + 1] === '"') continue
      const expansion = expansionAt(text, i, variables)
      part += expansion?.text ?? c
      if (expansion !== null) i = expansion.end - 1
    } else part += c
  }
  return null
}

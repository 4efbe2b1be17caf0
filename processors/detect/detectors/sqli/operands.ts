/** What a token can be in an expression. */
import type { Token } from './lexer.ts'
import { BOOLEANS } from './operators.ts'

/** Before an operand: not, signs, parentheses, binary. */
export function isPrefix(token: Token | undefined): boolean {
  if (token === undefined) return false
  return (
    token.kind === '(' ||
    token.text === 'not' ||
    token.text === 'binary' ||
    (token.kind === 'operator' && /^[!~+-]$/.test(token.text))
  )
}

export function isLiteral(token: Token): boolean {
  if (token.kind === 'number' || token.kind === 'string') return true
  return (
    token.text === 'null' ||
    token.text === 'true' ||
    token.text === 'false' ||
    (token.kind === 'variable' && token.text.startsWith('@@'))
  )
}

export function isOperand(token: Token): boolean {
  return isLiteral(token) || token.kind === 'word' || token.kind === 'variable'
}

export function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'string' || token.kind === 'open-string'
}

/** Words that go on with a statement after a condition. */
const CLAUSES: ReadonlySet<string> = new Set(['group', 'order', 'limit', 'having', 'union', 'procedure', 'into'])

/** The statement can go on, or end, after this. */
export function isClosing(token: Token, quote: string): boolean {
  if (token.kind === 'open-string') return token.text === quote
  return (
    token.kind === 'end' ||
    token.kind === 'comment' ||
    token.kind === ')' ||
    token.kind === ';' ||
    BOOLEANS.has(token.text) ||
    CLAUSES.has(token.text)
  )
}

/** Longest string that counts as a constant of a comparison. */
const MAX_CONSTANT = 24

/** Strings of a line at most: in tables and prose quotes pair up over whole paragraphs. */
export function isConstant(lower: string, token: Token): boolean {
  if (token.kind === 'number') return true
  if (token.kind !== 'string' && token.kind !== 'open-string') return false
  return token.end - token.start <= MAX_CONSTANT && !/[,\n]/.test(lower.slice(token.start, token.end))
}

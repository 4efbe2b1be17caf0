/** What a token can be in an expression. */
import type { Token } from './lexer.ts'
import { BOOLEANS } from './words.ts'

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

/** The statement can go on, or end, after this. */
export function isClosing(token: Token, quote: string): boolean {
  if (token.kind === 'open-string') return token.text === quote
  return (
    token.kind === 'end' ||
    token.kind === 'comment' ||
    token.kind === ')' ||
    token.kind === ';' ||
    BOOLEANS.has(token.text)
  )
}

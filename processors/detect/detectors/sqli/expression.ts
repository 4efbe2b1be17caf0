/**
 * Operands as a statement would read them, within the tokens that may be looked at:
 *
 *     operand = *prefix primary *")" [ arithmetic operand ]          prefix = "(" / "not" / "!" / "~" / "-" / "+" / "binary"
 *     primary = constant / @variable / name / name "(" … ")" / "(" select … / "{" name operand "}"
 */
import type { Ahead, Token } from './lexer.ts'
import { isLiteral } from './operands.ts'
import { ARITHMETIC } from './operators.ts'

/** Links of one chain: `'a'||'b'||'c'`. */
const MAX_CHAIN = 6

export interface Operand {
  readonly kind: 'constant' | 'variable' | 'name' | 'call' | 'select' | 'open-string' | 'braces' | 'none'
  /** The first token after the prefixes. */
  readonly first: Token | undefined
  /** Every part of it is a constant. */
  readonly constant: boolean
  /** `!` or `~` stands before it. */
  readonly inverted: boolean
  /** A parenthesis stands before it. */
  readonly opened: boolean
  /** Number of the token after it. */
  readonly next: number
}

export function operandAt(list: Ahead, from: number): Operand {
  let operand = simpleAt(list, from)
  for (let chain = 0; chain < MAX_CHAIN && ARITHMETIC.has(list.at(operand.next)?.text ?? ''); chain++) {
    const right = simpleAt(list, operand.next + 1)
    if (right.kind === 'none') break
    operand = { ...operand, constant: operand.constant && right.constant, next: right.next }
  }
  return operand
}

function simpleAt(list: Ahead, from: number): Operand {
  let i = from
  let depth = 0
  let inverted = false
  for (let token = list.at(i); token !== undefined; token = list.at(++i)) {
    if (token.kind === '(') depth++
    else if (token.text === '!' || token.text === '~') inverted = true
    else if (token.text !== 'not' && token.text !== 'binary' && token.text !== '-' && token.text !== '+') break
  }
  const first = list.at(i)
  const kind = kindOf(list, i)
  let next = kind === 'none' ? i : i + 1
  if (kind === 'call') next = afterParentheses(list, next)
  for (let open = depth; open > 0 && list.at(next)?.kind === ')'; open--) next++
  return { kind, first, constant: kind === 'constant', inverted, opened: depth > 0, next }
}

function kindOf(list: Ahead, i: number): Operand['kind'] {
  const token = list.at(i)
  if (token === undefined) return 'none'
  if (isLiteral(token)) return 'constant'
  if (token.kind === 'variable') return 'variable'
  if (token.kind === 'open-string') return 'open-string'
  if (token.text === '{') return list.at(i + 1)?.kind === 'word' ? 'braces' : 'none'
  if (token.kind !== 'word') return 'none'
  if (token.text === 'select') return 'select'
  return list.at(i + 1)?.kind === '(' ? 'call' : 'name'
}

/** Number of the token after the parentheses that open at `i`; the last one known where they do not close. */
function afterParentheses(list: Ahead, i: number): number {
  let depth = 0
  for (let token = list.at(i); token !== undefined && token.kind !== 'end'; token = list.at(++i)) {
    if (token.kind === '(') depth++
    else if (token.kind === ')' && --depth === 0) return i + 1
  }
  return i
}

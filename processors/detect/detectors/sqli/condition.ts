/** `or 1=1`, `and exists(select …`, `or 'a'='a`: the condition after a boolean operator. */

import { isStrong, ONLY_SQL } from './database_functions.ts'
import { type Operand, operandAt } from './expression.ts'
import { COMMON_FUNCTIONS, FUNCTIONS } from './functions.ts'
import type { Ahead, Token } from './lexer.ts'
import { isClosing } from './operands.ts'
import { COMPARISON_WORDS, COMPARISONS } from './operators.ts'
import { isLoose, type Tail, type Verdict, verdict } from './verdict.ts'

/** `i` is the number of the token after the operator, `end` the index after the operator. */
export function judgeCondition(tail: Tail, i: number, end: number): Verdict | null {
  const { list, place } = tail
  const left = operandAt(list, i)
  const { first } = left
  if (first === undefined) return null
  if (first.kind === 'end' || (place.quote === '`' && first.text === '`')) {
    return place.escaped ? verdict('sqli.condition', end, ESCAPED) : null
  }
  if (first.kind === 'comment' && first.text.startsWith('--') && (place.quote !== '' || place.before === 'number')) {
    return verdict('sqli.condition', first.end, 'A boolean operator is added and a comment cuts off the rest.')
  }
  if (left.kind === 'select' && left.opened) {
    return verdict('sqli.subselect', first.end, 'A condition with a subselect is added.')
  }
  if (left.kind === 'call' && isQuestion(first.text, tail)) {
    return verdict('sqli.condition', first.end + 1, `A condition that calls ${first.text}() is added.`)
  }
  return judgeComparison(tail, left) ?? judgeSingle(tail, left, first, i)
}

const ESCAPED = 'A backslash and a quote are followed by a boolean operator.'

/** A call that reads bit by bit or takes time. Functions of everyday count where a string or a number ended. */
function isQuestion(name: string, { place }: Tail): boolean {
  if (!FUNCTIONS.has(name) && !ONLY_SQL.has(name) && !isStrong(name)) return false
  return !COMMON_FUNCTIONS.has(name) || isLoose(place)
}

function judgeComparison(tail: Tail, left: Operand): Verdict | null {
  const { list, place } = tail
  const operator = list.at(left.next)
  if (operator !== undefined && isComparison(operator) && left.kind !== 'none') {
    const right = rightOf(list, left.next)
    if (compares(place.quote, isLoose(place) && !goesOn(tail, left, right), operator, left, right, list)) {
      return verdict('sqli.condition', endOf(list, right, operator), 'A condition is added after the value.')
    }
  }
  return null
}

/** A line of code that begins with an operator compares names: `or a.b != c.d`. */
function goesOn({ place }: Tail, left: Operand, right: Operand): boolean {
  if (place.quote !== '' || place.before !== 'nothing' || left.kind === 'constant') return false
  return (right.kind === 'name' || right.kind === 'call') && !right.opened
}

function isComparison(token: Token): boolean {
  return COMPARISONS.has(token.text) || token.text === '?'
}

function rightOf(list: Ahead, operator: number): Operand {
  let i = operator + 1
  while (COMPARISON_WORDS.has(list.at(i)?.text ?? '')) i++
  return operandAt(list, i)
}

function endOf(list: Ahead, { next }: Operand, operator: Token): number {
  return list.at(next - 1)?.end ?? operator.end
}

function compares(quote: string, loose: boolean, operator: Token, left: Operand, right: Operand, list: Ahead): boolean {
  const constants = left.constant && (right.constant || right.kind === 'open-string')
  if (operator.text === '?') return constants
  if (operator.kind === 'operator') return (loose && right.first !== undefined) || constants
  const second = list.at(left.next + 1)
  if (operator.text === 'is') return loose && (second?.text === 'null' || second?.text === 'not')
  if (operator.text === 'in' || (operator.text === 'not' && second?.text === 'in')) return loose && right.opened
  if (right.kind === 'none') return false
  // Words that only statements compare with, or a call that spells a string.
  const odd =
    operator.text === 'not' || operator.text === 'rlike' || operator.text === 'regexp' || operator.text === 'glob'
  if (loose && ((odd && right.constant) || (right.kind === 'call' && FUNCTIONS.has(right.first?.text ?? ''))))
    return true
  return quote !== '' ? right.constant || right.kind === 'open-string' || left.constant : constants
}

/** A condition of one operand: `or 1`, `or true`, `or !0`, `or @@version`, `or 'a`. */
function judgeSingle({ list, place }: Tail, left: Operand, first: Token, i: number): Verdict | null {
  const { quote, before } = place
  const next = list.at(left.next) ?? first
  const loose = isLoose(place)
  if (left.kind === 'open-string' && quote === first.text) return verdict('sqli.condition', first.end, OPEN)
  if (quote !== '' && before === 'nothing' && first.kind !== 'other' && first.kind !== 'comment') {
    return verdict('sqli.condition', first.end, 'The value begins with a quote and a boolean operator.')
  }
  if (loose && left.kind === 'braces')
    return verdict('sqli.condition', first.end, 'A condition in the braces of ODBC is added.')
  const server = first.text.startsWith('@@') || (left.kind === 'variable' && next.text === ':=')
  if (loose && server)
    return verdict('sqli.condition', first.end, 'A condition with a variable of the server is added.')
  if (!left.constant) return null
  if (quote !== '' && before !== 'string' && isClosing(next, quote) && !isMeasure(first, next)) {
    return verdict('sqli.condition', first.end, 'A constant condition is added after the closing quote.')
  }
  const plain = first.text !== 'true' && first.text !== 'false' && next.kind !== 'comment'
  const tight = left.opened && list.at(i)?.kind === '(' && list.at(i)!.start === wordEnd(list, i)
  if (loose && isClosing(next, quote) && (!plain || left.inverted || tight)) {
    return verdict('sqli.condition', first.end, 'A constant condition is added after the number.')
  }
  return null
}

const OPEN = 'A condition is added, and its last string is left open for the quote that follows.'

/** `5' or 6'`: feet, not strings. */
function isMeasure(first: Token, next: Token): boolean {
  return first.kind === 'number' && next.kind === 'open-string' && next.start === first.end
}

/** Index after the token before number `i`, for `or(1)`: no blank stands between. */
function wordEnd(list: Ahead, i: number): number {
  return list.at(i - 1)?.end ?? -1
}

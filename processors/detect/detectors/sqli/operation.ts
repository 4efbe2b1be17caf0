/** `'||(select …`, `'-sleep(5)-'`, `'='`, `x'|email--`: a string goes on as an expression. */

import { QUESTIONS } from './catalogues.ts'
import { isStrong } from './database_functions.ts'
import { FUNCTIONS } from './functions.ts'
import type { Ahead, Token } from './lexer.ts'
import { isLiteral, isOperand, isPrefix } from './operands.ts'
import { ARITHMETIC, BOOLEANS, COMPARISON_WORDS, COMPARISONS, JSON_OPERATORS, USUAL_AFTER_QUOTE } from './operators.ts'
import { type Tail, type Verdict, verdict } from './verdict.ts'

/** `i` is the number of the token after the operator. */
export function judgeOperation(tail: Tail, operator: Token, from: number): Verdict | null {
  const { list, place } = tail
  let i = from
  while (isPrefix(list.at(i)) || COMPARISON_WORDS.has(list.at(i)?.text ?? '')) i++
  const operand = list.at(i)
  const next = list.at(afterClosing(list, i + 1))
  if (operand === undefined || operand.kind === 'end' || isUsual(tail, operator, operand)) return null
  const why = `The string is continued with the operator ${operator.text}.`
  const called = next?.kind === '(' && (FUNCTIONS.has(operand.text) || isStrong(operand.text))
  if (operand.text === 'select' || called) return verdict('sqli.expression', (next ?? operand).end, why)
  if (
    JSON_OPERATORS.has(operator.text) &&
    operator.text !== '?' &&
    (isLiteral(operand) || operand.text.startsWith('json'))
  ) {
    return verdict(
      'sqli.json-operator',
      operand.end,
      'A string is followed by an operator on JSON values of a database.',
    )
  }
  if (isTest(tail, operator, i, from)) return verdict('sqli.expression', operand.end, why)
  if (operand.kind === 'open-string') return judgeOpenString(tail, operator, operand, why)
  if (next === undefined || !(isOperand(operand) || operand.text === '?')) return null
  if (next.kind === 'comment' && endsAll(next, place.quote, operand)) return verdict('sqli.expression', next.end, why)
  if (ARITHMETIC.has(next.text) && isLiteral(operand)) return judgeOperation(tail, next, i + 2)
  if (ARITHMETIC.has(next.text) && QUESTIONS.has(operand.text) && list.at(i + 2)?.text === place.quote) {
    return verdict('sqli.expression', next.end, `The string is joined with what ${operand.text} says.`)
  }
  const reopened = next.kind === 'open-string' && next.text === place.quote
  if (place.closing && isLiteral(operand) && reopened && place.before !== 'number') {
    return verdict('sqli.expression', next.end, why)
  }
  const goesOn =
    BOOLEANS.has(next.text) || next.kind === ';' || (COMPARISONS.has(next.text) && operator.kind === 'operator')
  if (isLiteral(operand) && goesOn) return verdict('sqli.expression', next.end, why)
  const power = place.quote === "'" && place.closing && place.bare && /^[\^|*/%]$/.test(operator.text)
  return power && place.before === 'text' && operand.kind === 'number' && next.kind === 'end'
    ? verdict('sqli.expression', operand.end, why)
    : null
}

/** `x' is not null`, `x' not in ('y'`: right after one word in a quote. */
function isTest({ list, place }: Tail, operator: Token, i: number, from: number): boolean {
  if (!place.closing || !place.bare || place.quote !== "'" || operator.kind !== 'word') return false
  if (operator.text === 'is') return list.at(i)?.text === 'null' && list.at(i + 1)?.kind !== 'word'
  const within = operator.text === 'in' || (operator.text === 'not' && list.at(from)?.text === 'in')
  const first = list.at(i)
  return within && list.at(i - 1)?.kind === '(' && first !== undefined && isLiteral(first)
}

/** Number of the token after closing parentheses. */
function afterClosing(list: Ahead, from: number): number {
  let i = from
  while (list.at(i)?.kind === ')') i++
  return i
}

/** What follows quotes in JSON, HTML and code; and an operator as a string of code, quotes right around it: `'->',`. */
function isUsual({ list, place }: Tail, operator: Token, operand: Token): boolean {
  if (place.quote === '"' && /^[/%+!~?]$/.test(operator.text)) return true
  if (operator.start !== place.at) return false
  if (operator.text === ':' || (place.quote === '"' && USUAL_AFTER_QUOTE.has(operator.text))) return true
  const quoted = operand.start === operator.end && list.lower[operator.end] === place.quote
  return quoted && operator.text !== '=' && /^[\s:,;)\]}.+]/.test(list.lower[operator.end + 1] ?? '')
}

/** `--` ends a statement anywhere; `#` only right after a constant at the end of the value. */
function endsAll(comment: Token, quote: string, operand: Token): boolean {
  return comment.text.startsWith('--') || (comment.text === '#' && quote === "'" && isLiteral(operand))
}

/** `'='`, `'||'`: the quote that is left open is closed by the statement. */
function judgeOpenString({ place }: Tail, operator: Token, operand: Token, why: string): Verdict | null {
  const { closing, before, quote } = place
  // The other kind of quote opens a pattern: `' like "%`.
  if (closing && operator.text === 'like' && before === 'nothing') return verdict('sqli.expression', operand.end, why)
  if (!closing || operand.text !== quote) return null
  const rest = operand.end - operand.start - 1
  if (before === 'number' && rest === 0) return null // 5'-6'
  return verdict('sqli.expression', operand.end, why)
}

/** `11!=1`, `1 is not 2`: the value is a comparison of two constants and nothing else. */
export function judgeConstants({ list }: Tail, operator: Token, from: number): Verdict | null {
  let i = from
  if (operator.kind === 'word') {
    const second = list.at(i)?.text ?? ''
    const matches = operator.text === 'regexp' || operator.text === 'rlike'
    if (!matches && (operator.text === 'is' ? second !== 'not' : !COMPARISON_WORDS.has(second))) return null
  }
  while (COMPARISON_WORDS.has(list.at(i)?.text ?? '') || list.at(i)?.text === 'not') i++
  const right = list.at(i)
  const next = list.at(i + 1)
  if (right === undefined || next?.kind !== 'end' || !isLiteral(right)) return null
  if (right.text === 'null' && operator.text === 'is') return null // 2 is not null
  const why = 'The value compares two constants, so it is always true or always false.'
  return verdict('sqli.tautology', right.end, why)
}

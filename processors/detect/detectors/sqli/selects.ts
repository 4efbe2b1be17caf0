/** Selects in the place of values, and what they are joined, cased and ordered by. */

import { isStrong } from './database_functions.ts'
import { FUNCTIONS } from './functions.ts'
import { type Token, tokens } from './lexer.ts'
import { isConstant, isLiteral } from './operands.ts'
import { previousInk } from './scan.ts'
import { type Verdict, verdict } from './verdict.ts'

/** How many tokens a judge may look ahead. */
const WINDOW = 12

/** UNION [ALL | DISTINCT] [(] SELECT and then something that can be selected. */
export function union(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, WINDOW)
  let i = 0
  const all = list[i]?.text === 'all' || list[i]?.text === 'distinct' || list[i]?.text === 'distinctrow'
  if (all) i++
  while (list[i]?.kind === '(') i++
  if (list[i]?.text !== 'select' && list[i]?.text !== 'values') return null
  const operand = list[i + 1]!
  const next = list[i + 2]
  const follows = next?.kind === 'word' ? next.text === 'from' : next?.kind !== 'end'
  const prose = operand.kind === 'word' && operand.text !== 'null' && !follows
  if ((prose || operand.kind === 'end') && !all && i === 0) return null
  if (operand.kind === 'operator' && operand.text !== '*' && operand.text !== '-') return null
  return verdict('sqli.union-select', operand.end, 'A second select is joined to the statement with union.')
}

/** SELECT char(…), SELECT 0x41, (SELECT version()), (SELECT * FROM …. */
export function select(lower: string, token: Token): Verdict | null {
  const nested = lower[previousInk(lower, token.start)] === '('
  const list = tokens(lower, token.end, WINDOW)
  let i = 0
  while (list[i]?.kind === '(' || list[i]?.text === 'all' || list[i]?.text === 'distinct' || list[i]?.text === '-') i++
  const operand = list[i]!
  const next = list[i + 1]
  const from = list.slice(i + 1).findIndex(t => t.text === 'from')
  const call = next?.kind === '(' && (FUNCTIONS.has(operand.text) || operand.text.includes('.'))
  if (operand.text === 'select' || (operand.text === 'case' && list.some(({ text }) => text === 'when'))) {
    return verdict('sqli.subselect', operand.end, 'A select stands in the place of a value.')
  }
  if (nested && (call || isLiteral(operand) || operand.text === '*' || (from >= 0 && next?.text !== 'from'))) {
    return verdict('sqli.subselect', operand.end, 'A select in parentheses stands in the place of a value.')
  }
  if (isStrong(operand.text)) return verdict('sqli.function', operand.end, `The select calls ${operand.text}.`)
  if (operand.kind === 'number' && operand.text.startsWith('0x')) {
    return verdict(
      'sqli.constant-select',
      operand.end,
      'The select returns a constant in hexadecimal, which hides a string from filters.',
    )
  }
  if (
    nested &&
    operand.kind === 'end' &&
    /=\s{0,4}\(\s{0,4}$/.test(lower.slice(Math.max(0, token.start - 12), token.start))
  ) {
    return verdict('sqli.subselect', operand.end, 'A select stands in the place of a value.')
  }
  const plainCount =
    operand.text === 'count' ||
    operand.text === 'max' ||
    operand.text === 'min' ||
    operand.text === 'sum' ||
    operand.text === 'avg'
  if (call && !plainCount && next.start === operand.end) {
    return verdict(
      'sqli.constant-select',
      next.end,
      `The select calls ${operand.text}(), a building block of blind reading.`,
    )
  }
  if (operand.kind === 'variable' && operand.text.startsWith('@@')) {
    return verdict('sqli.constant-select', operand.end, 'The select reads a variable of the server.')
  }
  return null
}

/** CASE WHEN 1=1 THEN, CASE WHEN (…: a condition on constants or on a select. */
export function caseWhen(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, WINDOW)
  if (list[0]?.text !== 'when') return null
  const stop = list.findIndex(t => t.kind === ';')
  const then = list.findIndex(t => t.text === 'then')
  if (stop >= 0 && (then < 0 || stop < then)) return null
  if (list[1]?.kind !== '(' && list[1]?.kind !== 'number' && then < 0) return null
  return verdict('sqli.case', list[1]!.end, 'A case expression asks a question and answers it by its value.')
}

/** if(1=1,… */
export function constantIf(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, 6)
  if (list[0]?.kind !== '(' || list[0].start !== token.end) return null
  const [left, operator, right] = list.slice(1)
  if (left === undefined || operator === undefined || right === undefined) return null
  const constant = isConstant(lower, left) && (right.kind === 'number' || right.kind === 'end') && operator.text === '='
  const call = operator.kind === '(' && FUNCTIONS.has(left.text) && (right.kind === '(' || right.text === 'select')
  if (!constant && !call) return null
  return verdict('sqli.case', right.end, 'if() asks a question and answers it by its value or by time.')
}

/** EXISTS (SELECT … */
export function existsSelect(lower: string, token: Token): Verdict | null {
  const [open, word] = tokens(lower, token.end, 2)
  if (open?.kind !== '(' || word?.text !== 'select') return null
  return verdict('sqli.subselect', word.end, 'The value asks whether a select finds something.')
}

/** ORDER BY if(…, ORDER BY (select, GROUP BY concat(… */
export function orderByFunction(lower: string, token: Token): Verdict | null {
  const [first, second, third] = tokens(lower, token.end, 3)
  const name = first?.kind === '(' ? second : first
  if (name?.text === 'select' && first?.kind === '(')
    return verdict('sqli.subselect', name.end, 'The order depends on a subselect.')
  const open = first?.kind === '(' ? third : second
  const before = lower.slice(Math.max(0, token.start - 12), token.start)
  if (!/\b(?:order|group)\s{1,6}$/.test(before) || open?.kind !== '(' || name === undefined) return null
  if (
    !/^(?:if|concat|sleep|rand|updatexml|extractvalue|iif|cast|convert|elt|case|ascii|substring|exp)$/.test(name.text)
  )
    return null
  return verdict('sqli.subselect', open.end, 'The order depends on a function that asks questions.')
}

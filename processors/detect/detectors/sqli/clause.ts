/** Words that go on with a statement: union select, order by 3, having, as x from, like 'a, when 1 then. */

import { isStrong } from './database_functions.ts'
import { FUNCTIONS } from './functions.ts'
import type { Token } from './lexer.ts'
import { isLiteral, isName } from './operands.ts'
import { judgeOperation } from './operation.ts'
import { ARITHMETIC, COMPARISONS } from './operators.ts'
import { isLoose, type Tail, type Verdict, verdict } from './verdict.ts'

/** `i` is the number of the word in the tail. */
export function judgeClause(tail: Tail, token: Token, i: number): Verdict | null {
  const { list, place, closed } = tail
  const next = list.at(i + 1)
  const third = list.at(i + 2)
  if (next === undefined) return null
  if (token.text === 'from' && place.quote !== '' && list.lower.slice(place.at - 4, place.at - 1) === ' as') {
    return verdict('sqli.clause', token.end, 'A quoted name of a column ends and a from clause follows.')
  }
  if (third === undefined) return shortClause(tail, token)
  // A word between quotes: `'having',`.
  const named = token.start === place.at && place.quote !== '' && list.lower[token.end] === place.quote
  if (named && !COMPARISONS.has(token.text) && !ARITHMETIC.has(token.text)) return null
  const quoted = place.quote !== '' || closed
  const value = quoted || place.before === 'number'
  if (SETS.has(token.text) && (value || place.before === 'nothing')) return setOperation(tail, token, i)
  if ((token.text === 'order' || token.text === 'group') && next.text === 'by' && value && isClosingQuote(tail)) {
    if (third.kind === 'number' || (quoted && third.kind !== 'end') || FUNCTIONS.has(third.text)) {
      const why = `An ${token.text} by clause is added, which finds out the number of columns.`
      return verdict('sqli.clause', third.end, why)
    }
  }
  const opened = next.kind === 'open-string' && place.before === 'nothing'
  if (
    token.text === 'having' &&
    value &&
    (opened || isLiteral(next) || FUNCTIONS.has(next.text) || isCompared(next, third, list.at(i + 3)))
  ) {
    return verdict('sqli.clause', third.end, 'A having clause is added.')
  }
  if (token.text === 'as' && value && isName(next) && third.text === 'from') {
    return verdict('sqli.clause', third.end, 'The value is named as a column and a from clause is added.')
  }
  if (token.text === 'when' && quoted && third.text === 'then')
    return verdict('sqli.clause', third.end, 'A case expression is continued.')
  if (token.text === 'limit' && quoted && next.kind === 'number')
    return verdict('sqli.clause', next.end, 'A limit clause is added.')
  if (token.text === 'into') return into(tail, next, third)
  if (closed && next.kind === '(' && COMPARISONS.has(token.text)) {
    return verdict('sqli.clause', next.end, 'A parenthesis is closed and a comparison follows it.')
  }
  if (!COMPARISONS.has(token.text) && !ARITHMETIC.has(token.text)) return null
  return quoted ? judgeOperation(tail, token, i + 1) : comparedWithCall(tail, token, next, third)
}

/** A name, and what it is compared with: `having password like 'a%'`. */
function isCompared(name: Token, operator: Token, value: Token | undefined): boolean {
  if (!isName(name) || value === undefined) return false
  if (operator.text === 'like') return value.kind === 'string' || value.kind === 'open-string'
  return operator.kind === 'operator' && COMPARISONS.has(operator.text)
}

/** `1 rlike sleep(5)`, `1 in (select 1)`: after a number, a comparison with what asks questions. */
function comparedWithCall({ place }: Tail, token: Token, next: Token, third: Token): Verdict | null {
  if (place.before !== 'number' || place.paired) return null
  const call = third.kind === '(' && (next.text === 'sleep' || isStrong(next.text))
  const select = next.kind === '(' && third.text === 'select'
  if (!call && !select) return null
  const why = `The value is compared (${token.text}) with ${call ? `a call of ${next.text}()` : 'a subselect'}.`
  return verdict(call ? 'sqli.expression' : 'sqli.subselect', third.end, why)
}

/** Backquotes stand around code in prose, where one that closes nothing is followed by a word. */
function isClosingQuote({ place }: Tail): boolean {
  return place.quote !== '`' || place.closing
}

/** Join another select to the statement. */
const SETS: ReadonlySet<string> = new Set(['union', 'except', 'intersect', 'minus'])

/** UNION [ALL | DISTINCT] [(] ( SELECT | VALUES | TABLE name ) and what can follow. */
function setOperation({ list, place }: Tail, token: Token, from: number): Verdict | null {
  if (!isLoose(place) && place.before !== 'string') return null
  let i = from + 1
  const all = /^(?:all|distinct|distinctrow)$/.test(list.at(i)?.text ?? '')
  if (all) i++
  while (list.at(i)?.kind === '(') i++
  const word = list.at(i)
  const operand = list.at(i + 1)
  if (word === undefined || operand === undefined) return null
  const selects = word.text === 'select' || (word.text === 'values' && operand.kind !== 'end')
  const table =
    token.text === 'union' && word.text === 'table' && operand.kind === 'word' && list.at(i + 2)?.kind !== 'word'
  if (!selects && !table) return null
  const prose = operand.kind === 'word' && list.at(i + 2)?.kind === 'word' && list.at(i + 2)!.text !== 'from'
  if (prose && !all && (place.before === 'nothing' || operand.text === 'a' || operand.text === 'the')) return null
  const bare = operand.kind === 'end' && place.before === 'nothing' && place.quote === ''
  if (bare && !all) return null
  return verdict('sqli.union-select', operand.end, `A second select is joined to the statement with ${token.text}.`)
}

function into({ place }: Tail, next: Token, third: Token): Verdict | null {
  const named =
    third.kind === 'string' || third.kind === 'open-string' || third.kind === 'variable' || third.kind === 'number'
  if ((next.text === 'outfile' || next.text === 'dumpfile') && named) {
    return verdict('sqli.file', third.end, 'The result is written to a file of the server.')
  }
  if (next.kind === 'variable' && isLoose(place) && place.before !== 'nothing') {
    return verdict(
      'sqli.clause',
      next.end,
      'The result is written to a variable, which finds out the number of columns.',
    )
  }
  return null
}

function shortClause(tail: Tail, token: Token): Verdict | null {
  return ARITHMETIC.has(token.text) && tail.place.quote !== '' ? judgeOperation(tail, token, 1) : null
}

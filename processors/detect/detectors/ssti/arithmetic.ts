/** Calculations with constants: what nobody writes into a template but to see whether it is evaluated. */
import type { CodeToken } from '../../text/code.ts'

const OPERATORS = new Set(['+', '-', '*', '/', '%', '**', '~', '^', '//'])

/** Filters of Liquid and Jinja that calculate. */
const FILTERS = new Set([
  'times',
  'plus',
  'minus',
  'divided_by',
  'modulo',
  'abs',
  'round',
  'upcase',
  'upper',
  'lower',
  'reverse',
  'length',
  'size',
  'toupper',
  'print',
  'add',
])

/** `7*7`, `7*'7'`, `(1+1)`, `7 | times: 7`: constants and at least one operator between them. */
export function isCalculation(tokens: readonly CodeToken[]): boolean {
  let operands = 0
  let operators = 0
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind === 'number' || kind === 'string') operands++
    else if (OPERATORS.has(text)) operators += i > 0 ? 1 : 0
    else if (text === '(' || text === ')' || (i === 0 && (text === '=' || text === '-' || text === '+'))) continue
    else if (text === '|' && FILTERS.has(tokens[i + 1]?.text.toLowerCase() ?? '')) operators++
    else if (kind === 'name' && tokens[i - 1]?.text === '|') continue
    else if (text === ':' && tokens[i - 2]?.text === '|') continue
    else return false
  }
  return operands > 0 && operators > 0 && (operands > 1 || tokens.some(token => token.text === '|')) && !isDate(tokens)
}

/** `2024-01-31`, `1/2/2024`, `9-5`: of numbers and one kind of mark, as dates and ranges are. */
function isDate(tokens: readonly CodeToken[]): boolean {
  const marks = tokens.filter(({ kind }) => kind === 'punct')
  if (tokens.some(({ kind }) => kind !== 'number' && kind !== 'punct')) return false
  return (
    marks.length === 2 &&
    marks.every(({ text }) => text === marks[0]!.text && /[-/]/.test(text)) &&
    tokens[0]!.kind === 'number'
  )
}

/** Functions of Go templates that print what they are given. */
const PRINTERS = new Set(['html', 'js', 'print', 'printf', 'println', 'urlquery'])

/** `'a'.toUpperCase()`, `html "x"`: a constant on which something is done, and nothing but constants. */
export function isConstantCall(tokens: readonly CodeToken[]): boolean {
  const [first, second, third, fourth] = tokens
  if (first?.kind === 'string' && second?.text === '.' && third?.kind === 'name' && fourth?.text === '(') return true
  if (first?.kind !== 'name' || !PRINTERS.has(first.text) || second === undefined) return false
  return tokens.slice(1).every(({ kind }) => kind === 'string')
}

/**
 * The judge of what follows a value inside a statement: `WHERE id = 1` + tail, or `WHERE name = 'x` + quote + tail. An
 * injection goes on with SQL right there; prose, names and code do not.
 */
import { Ahead, type Token } from './lexer.ts'
import { isClosing, isLiteral, isName, isOperand, isPrefix } from './operands.ts'
import {
  ARITHMETIC,
  BOOLEANS,
  COMPARISON_WORDS,
  COMPARISONS,
  DECISIVE,
  FUNCTIONS,
  JSON_OPERATORS,
  STATEMENTS,
  TAIL_WORDS,
  USUAL_AFTER_QUOTE,
} from './words.ts'

/** Where the tail begins. */
export interface Break {
  /** Index after the value or its closing quote. */
  readonly at: number
  /** The quote that was closed; empty for a number or name as it is. */
  readonly quote: string
  /** What stood before: nothing, a number, something else. */
  readonly before: 'nothing' | 'number' | 'word' | 'string' | 'text'
  /** A backslash stood before the quote: in a string literal that only happens on purpose. */
  readonly escaped: boolean
  /** The quote follows a word or begins the text: it can close a string. After a blank or a bracket it opens one. */
  readonly closing: boolean
  /** Nothing but one word stands before the quote. */
  readonly bare: boolean
}

export interface Verdict {
  readonly rule: string
  readonly why: string
  /** Index after the last token that counted. */
  readonly end: number
}

/** Enough for the longest shape below. */
const WINDOW = 16

/** Null when the tail is no SQL. */
export function judgeTail(lower: string, place: Break): Verdict | null {
  const list = new Ahead(lower, place.at, WINDOW)
  let i = 0
  while (list.at(i)?.kind === ')') i++
  const token = list.at(i)
  if (token === undefined || token.kind === 'end') return null
  return new Tail(list, place, i > 0).judge(token, i)
}

class Tail {
  readonly #list: Ahead
  readonly #place: Break
  /** Closed a parenthesis that the value did not open. */
  readonly #closed: boolean

  constructor(list: Ahead, place: Break, closed: boolean) {
    this.#list = list
    this.#place = place
    this.#closed = closed
  }

  judge(token: Token, i: number): Verdict | null {
    const { quote, at } = this.#place
    if (token.kind === 'comment') return this.#comment(token)
    if (token.kind === ';') return this.#stacked(i + 1)
    if (BOOLEANS.has(token.text)) {
      const verdict = this.#condition(i + 1, token.end)
      if (verdict !== null || token.kind === 'word') return verdict
    }
    if (this.#place.before === 'number' && quote === '' && DECISIVE.has(token.text))
      return this.#constantComparison(token, i + 1)
    if (token.kind === 'word') {
      if (token.start === at && quote !== '' && !TAIL_WORDS.has(token.text)) return null // O'Brien
      return this.#clause(token, i)
    }
    if (token.kind === 'operator' && quote !== '') return this.#operation(token, i + 1)
    return null
  }

  /** `admin'--`, `1)#`: the rest of the statement is cut off. Only at the end of the value: prose has dashes too. */
  #comment(token: Token): Verdict | null {
    const { quote, at, before } = this.#place
    if (quote === '' && !(this.#closed && before !== 'text')) return null
    const rest = token.text.slice(2)
    const short = token.text.startsWith('--') ? /^[\s+-]*\w{0,8}$/.test(rest) : /^\s*$/.test(rest)
    if (!short || (token.text.startsWith('#') && token.start > at + 1 && !this.#closed)) return null
    return verdict(
      'sqli.comment',
      token.end,
      'A quote ends the string and a comment cuts off the rest of the statement.',
    )
  }

  /** `; DROP TABLE x` */
  #stacked(i: number): Verdict | null {
    const { quote, before } = this.#place
    const token = this.#list.at(i)!
    if (token === undefined) return null
    if (token.kind === 'end' && quote !== '' && before === 'text' && this.#place.closing && this.#place.bare) {
      return verdict('sqli.comment', token.end, 'A quote ends the string and a semicolon the statement.')
    }
    if (token.kind === 'comment' && quote !== '' && this.#place.at + 4 >= token.start) return this.#comment(token)
    const needed = token.kind === 'word' ? STATEMENTS.get(token.text) : undefined
    if (needed === undefined) return null
    if (before === 'text' && quote === '') return null
    const next = this.#list.at(i + 1)
    if (next === undefined || (needed.length > 0 && !needed.includes(next.text) && !needed.includes(next.kind)))
      return null
    return verdict('sqli.stacked', next.end, `The statement is ended and another one (${token.text}) begins.`)
  }

  /** `or 1=1`, `and exists(select …`, `or 'a'='a`: the condition after a boolean operator. */
  #condition(i: number, end: number): Verdict | null {
    const { quote, before, escaped } = this.#place
    const loose = quote !== '' || before === 'nothing' || before === 'number'
    let negated = false
    while (isPrefix(this.#list.at(i))) negated = this.#list.at(i++)!.text === '(' || negated
    const operand = this.#list.at(i)
    if (operand === undefined) return null
    if (operand.kind === 'end') return escaped ? verdict('sqli.condition', end, ESCAPED) : null
    const next = this.#list.at(i + 1) ?? operand
    if (operand.text === 'select' && negated)
      return verdict('sqli.subselect', next.end, 'A condition with a subselect is added.')
    if (next.kind === '(' && FUNCTIONS.has(operand.text)) {
      return verdict('sqli.condition', next.end, `A condition that calls ${operand.text}() is added.`)
    }
    if (
      (COMPARISONS.has(next.text) || next.text === '?') &&
      isOperand(operand) &&
      this.#compares(next, i + 2, loose, operand)
    ) {
      return verdict('sqli.condition', (this.#list.at(i + 2) ?? next).end, 'A condition is added after the value.')
    }
    if (operand.kind === 'open-string' && quote === operand.text) {
      return verdict(
        'sqli.condition',
        operand.end,
        'A condition is added, and its last string is left open for the quote that follows.',
      )
    }
    if (quote !== '' && before === 'nothing' && operand.kind !== 'other' && operand.kind !== 'comment') {
      return verdict('sqli.condition', operand.end, 'The value begins with a quote and a boolean operator.')
    }
    if (isLiteral(operand) && quote !== '' && before !== 'string' && isClosing(next, quote)) {
      return verdict('sqli.condition', operand.end, 'A constant condition is added after the closing quote.')
    }
    const constant = operand.text === 'true' || operand.text === 'false' || next.kind === 'comment'
    if (isLiteral(operand) && constant && loose && isClosing(next, quote)) {
      return verdict('sqli.condition', operand.end, 'A constant condition is added after the number.')
    }
    return null
  }

  #compares(operator: Token, i: number, loose: boolean, operand: Token): boolean {
    const right = this.#list.at(i)
    const literals = isLiteral(operand) && right !== undefined && (isLiteral(right) || right.kind === 'open-string')
    if (operator.text === '?') return literals
    if (operator.kind === 'operator') return loose || literals
    if (operator.text === 'is') return loose && (right?.text === 'null' || right?.text === 'not')
    if (operator.text === 'in') return loose && right?.kind === '('
    if (right === undefined) return false
    return this.#place.quote !== '' ? isLiteral(right) || right.kind === 'open-string' || isLiteral(operand) : literals
  }

  /** Words that go on with a statement: union, order by 3, having, as x from, like 'a, when 1 then. */
  #clause(token: Token, i: number): Verdict | null {
    const next = this.#list.at(i + 1)
    const third = this.#list.at(i + 2)
    if (next === undefined || third === undefined) return this.#shortClause(token, next)
    const quoted = this.#place.quote !== '' || this.#closed
    const value = quoted || this.#place.before === 'number'
    if ((token.text === 'order' || token.text === 'group') && next.text === 'by' && value) {
      if (third.kind === 'number' || (quoted && third.kind !== 'end') || FUNCTIONS.has(third.text)) {
        return verdict(
          'sqli.clause',
          third.end,
          `An ${token.text} by clause is added, which finds out the number of columns.`,
        )
      }
    }
    if (token.text === 'having' && value && (isLiteral(next) || FUNCTIONS.has(next.text))) {
      return verdict('sqli.clause', third.end, 'A having clause is added.')
    }
    if (token.text === 'as' && (quoted || value) && isName(next) && third.text === 'from') {
      return verdict('sqli.clause', third.end, 'The value is named as a column and a from clause is added.')
    }
    if (token.text === 'when' && quoted && third.text === 'then')
      return verdict('sqli.clause', third.end, 'A case expression is continued.')
    if (token.text === 'limit' && quoted && next.kind === 'number')
      return verdict('sqli.clause', next.end, 'A limit clause is added.')
    if (token.text === 'into' && (next.text === 'outfile' || next.text === 'dumpfile')) {
      return verdict('sqli.file', third.end, 'The result is written to a file of the server.')
    }
    if (this.#closed && next.kind === '(' && COMPARISONS.has(token.text)) {
      return verdict('sqli.clause', next.end, 'A parenthesis is closed and a comparison follows it.')
    }
    if (quoted && (COMPARISONS.has(token.text) || ARITHMETIC.has(token.text))) return this.#operation(token, i + 1)
    return null
  }

  #shortClause(token: Token, next: Token | undefined): Verdict | null {
    return next !== undefined && ARITHMETIC.has(token.text) && this.#place.quote !== ''
      ? this.#operation(token, 1)
      : null
  }

  /** `'||(select …`, `'-sleep(5)-'`, `'='`, `x'|email--`: the string goes on as an expression. */
  #operation(operator: Token, i: number): Verdict | null {
    const { quote, before, closing } = this.#place
    while (isPrefix(this.#list.at(i)) || COMPARISON_WORDS.has(this.#list.at(i)?.text ?? '')) i++
    const operand = this.#list.at(i)
    const next = this.#list.at(i + 1)
    if (operand === undefined || operand.kind === 'end') return null
    if (
      operator.start === this.#place.at &&
      (operator.text === ':' || (quote === '"' && USUAL_AFTER_QUOTE.has(operator.text)))
    )
      return null
    const why = `The string is continued with the operator ${operator.text}.`
    if (operand.text === 'select' || (next?.kind === '(' && FUNCTIONS.has(operand.text))) {
      return verdict('sqli.expression', (next ?? operand).end, why)
    }
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
    if (operand.kind === 'open-string') {
      if (!closing) return null
      const measure = before === 'number' && operand.end === operand.start + 1
      return operand.text === quote && !measure ? verdict('sqli.expression', operand.end, why) : null
    }
    if (!isOperand(operand) || next === undefined) return null
    if (next.kind === 'comment' && next.text.startsWith('--')) return verdict('sqli.expression', next.end, why)
    if (ARITHMETIC.has(next.text) && isLiteral(operand)) return this.#operation(next, i + 2)
    if (closing && isLiteral(operand) && next.kind === 'open-string' && next.text === quote && before !== 'number') {
      return verdict('sqli.expression', next.end, why)
    }
    if (isLiteral(operand) && (BOOLEANS.has(next.text) || next.kind === ';'))
      return verdict('sqli.expression', next.end, why)
    if (isLiteral(operand) && COMPARISONS.has(next.text) && operator.kind === 'operator')
      return verdict('sqli.expression', next.end, why)
    return null
  }

  /** `11!=1`, `1 is not 2`: the value is a comparison of two constants and nothing else. */
  #constantComparison(operator: Token, i: number): Verdict | null {
    if (operator.kind === 'word') {
      const second = this.#list.at(i)?.text ?? ''
      if (operator.text === 'is' ? second !== 'not' : !COMPARISON_WORDS.has(second)) return null
    }
    while (COMPARISON_WORDS.has(this.#list.at(i)?.text ?? '') || this.#list.at(i)?.text === 'not') i++
    const right = this.#list.at(i)
    const next = this.#list.at(i + 1)
    if (right === undefined || next?.kind !== 'end' || !isLiteral(right)) return null
    return verdict(
      'sqli.tautology',
      right.end,
      'The value compares two constants, so it is always true or always false.',
    )
  }
}

const ESCAPED = 'A backslash and a quote are followed by a boolean operator.'

function verdict(rule: string, end: number, why: string): Verdict {
  return { rule, end, why }
}

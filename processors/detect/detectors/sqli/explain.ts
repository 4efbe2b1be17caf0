/** How grave each rule is, what would be harmless instead, and the tokens that a judge recognised. */
import type { Finding } from '#schemas/contracts/detector.ts'
import { tokens } from './lexer.ts'

const GRAVE: ReadonlyMap<string, Finding['severity']> = new Map([
  ['sqli.union-select', 'critical'],
  ['sqli.stacked', 'critical'],
  ['sqli.file', 'critical'],
  ['sqli.comment', 'medium'],
  ['sqli.clause', 'medium'],
  ['sqli.tautology', 'medium'],
  ['sqli.statement', 'medium'],
  ['sqli.fragment', 'medium'],
  ['sqli.float', 'medium'],
])

export function severityOf(rule: string): Finding['severity'] {
  return GRAVE.get(rule) ?? 'high'
}

const UNLESS: ReadonlyMap<string, string> = new Map([
  ['sqli.condition', 'Without a comparison or call after the boolean operator, or with words of prose there.'],
  ['sqli.tautology', 'With a name on one side of the comparison and nothing before it.'],
  ['sqli.union-select', 'With other words than a list of columns after "union select".'],
  ['sqli.stacked', 'Without the semicolon, or with a word after it that begins no statement.'],
  ['sqli.clause', 'Without the quote or number before it that ends the value.'],
  ['sqli.comment', 'With more text after the comment sign, or without the quote or parenthesis before it.'],
  ['sqli.subselect', 'Without the parenthesis before the select, or without what can be selected after it.'],
  ['sqli.fragment', 'In a value that is named for queries or for text.'],
  ['sqli.statement', 'In a value that is named for queries or for text.'],
  ['sqli.function', 'Without the parenthesis that makes it a call.'],
  ['sqli.time', 'With another word, or without a number in the parentheses.'],
  ['sqli.catalogue', 'With a table of the application.'],
  ['sqli.comment-blank', 'With blanks in the place of empty comments.'],
  ['sqli.conditional-comment', 'Without the exclamation mark that makes MySQL run the comment.'],
  ['sqli.expression', 'With a blank before the quote, or with text instead of a constant after the operator.'],
])

export function unlessOf(rule: string): string {
  return UNLESS.get(rule) ?? 'As a part of longer prose, or without the quote or number that ends the value before it.'
}

/** Most tokens and characters that are shown. */
const MAX_TOKENS = 24
const MAX_SHOWN = 200

/** The tokens from `from` to `to`, one blank between them; of strings only that they are some. */
export function shownTokens(lower: string, from: number, to: number): string {
  // A quote that ends the value begins no string.
  const quote = /['"`\u2018\u2019\u02bc\uff02\uff07]/.test(lower[from] ?? '') ? lower[from]! : ''
  const shown: string[] = quote === '' ? [] : [quote]
  for (const { kind, text, start } of tokens(lower, from + quote.length, MAX_TOKENS)) {
    if (kind === 'end' || (start >= to && shown.length > quote.length)) break
    if (kind === 'string') shown.push(`${text}…${text}`)
    else if (kind === 'open-string') shown.push(`${text}…`)
    else shown.push(kind === 'comment' ? text.slice(0, 2) : text)
  }
  return shown.join(' ').slice(0, MAX_SHOWN)
}

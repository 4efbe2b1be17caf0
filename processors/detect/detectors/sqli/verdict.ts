/** What a judge says about a tail, or about SQL that it came upon. */
import type { Break } from './breaks.ts'
import type { Ahead } from './lexer.ts'

export interface Verdict {
  readonly rule: string
  readonly why: string
  /** Index after the last token that counted. */
  readonly end: number
}

/** What follows a value inside a statement. */
export interface Tail {
  readonly list: Ahead
  readonly place: Break
  /** A parenthesis is closed that the value did not open. */
  readonly closed: boolean
}

export function verdict(rule: string, end: number, why: string): Verdict {
  return { rule, end, why }
}

/** A condition here can compare names too: the value ended before it as a string, a number, or with nothing. Filters are pairs. */
export function isLoose({ quote, before, paired }: Break): boolean {
  return (quote !== '' && before !== 'string') || before === 'nothing' || (before === 'number' && !paired)
}

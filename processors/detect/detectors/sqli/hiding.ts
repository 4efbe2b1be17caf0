/** Spelling that only hides from filters: comments for blanks and within words, comments that MySQL executes. */

import { FUNCTIONS } from './functions.ts'
import { tokenAt } from './lexer.ts'
import { wordEnd } from './scan.ts'
import { type Verdict, verdict } from './verdict.ts'

/** `1.e(ascii(…`, `information_schema 1.e.tables`: MySQL reads `1.e` as a number that it drops. */
export function numberTrick(lower: string, word: string, end: number): Verdict | null {
  if (TRICKED_NAME.test(word)) {
    const why = 'MySQL drops the number "1.e" before a name of its catalogue, which hides the name from filters.'
    return verdict('sqli.number-trick', end, why)
  }
  if (!/^[\d.]+\.e$/.test(word) || lower[end] !== '(') return null
  const why = 'MySQL reads "1.e(" as an opening parenthesis, which hides calls from filters.'
  return verdict('sqli.number-trick', end + 1, why)
}

const TRICKED_NAME =
  /^\d{1,16}\.e\.(?:tables|columns|schemata|routines|processlist|statistics|(?:table|column|schema)_\w{1,32})$/

/** UN, empty comment, ION: an empty comment in the place of a blank, or within a word that a filter should not see. */
export function splitWord(lower: string, word: string, end: number): Verdict | null {
  let after = end
  while (lower.startsWith('/**/', after)) after += 4
  const next = lower.slice(after, Math.min(wordEnd(lower, after), after + 32))
  const call = lower[after] === '(' && FUNCTIONS.has(word)
  const hidden = call || HIDDEN.has(word + next) || HIDDEN.has(word) || HIDDEN.has(next)
  return hidden
    ? verdict(
        'sqli.comment-blank',
        after + next.length,
        'Empty comments stand in the place of blanks, which only hides key words from filters.',
      )
    : null
}

const HIDDEN: ReadonlySet<string> = new Set([
  'union',
  'select',
  'or',
  'and',
  'xor',
  'drop',
  'insert',
  'update',
  'delete',
  'from',
  'where',
  'having',
  'order',
  'group',
  'like',
  'all',
  'into',
  'exec',
  'sleep',
])

/** Words that a filter which deletes them once leaves behind: `selselectect`, `ununionion`. */
const NESTED: readonly string[] = ['union', 'select', 'where', 'insert', 'update', 'delete', 'from', 'having'].flatMap(
  word => Array.from({ length: word.length - 1 }, (_, i) => word.slice(0, i + 1) + word + word.slice(i + 1)),
)

const NESTED_WORDS: ReadonlySet<string> = new Set(NESTED)

export const nestedNeedles: readonly string[] = NESTED

/** `selselectect`: what is left when a filter has deleted the word in its middle. */
export function nestedWord(word: string, end: number): Verdict | null {
  if (!NESTED_WORDS.has(word)) return null
  const why = 'A key word stands inside of itself, so that a filter which deletes it leaves it behind.'
  return verdict('sqli.nested-word', end, why)
}

/** `!50000select`, `!union`, `+ hint` in comment signs. */
export function conditionalComment(lower: string, at: number): Verdict | null {
  const inside = tokenAt(lower, at)
  const number = /^\d{5,6}\s/.test(lower.slice(at + 3, at + 10))
  if (inside.kind !== 'word' && !number && !/^\d{5,6}/.test(lower.slice(at + 3, at + 9))) return null
  const sql =
    number ||
    HIDDEN.has(inside.text) ||
    FUNCTIONS.has(inside.text) ||
    lower.slice(at + 3, at + 8).match(/^\d{5}$/) !== null
  return sql
    ? verdict('sqli.conditional-comment', inside.end, 'Code hides in a comment that only MySQL executes.')
    : null
}

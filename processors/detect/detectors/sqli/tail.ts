/**
 * The judge of what follows a value inside a statement: `WHERE id = 1` + tail, or `WHERE name = 'x` + quote + tail. An
 * injection goes on with SQL right there; prose, names and code do not.
 *
 *     Value ── ")"* ──► Tail ── boolean word or operator ──► condition.ts
 *                         ├──── ";" ──► a statement          ├── comment ──► the end
 *                         ├──── word ──► clause.ts           └── operator ──► operation.ts
 */
import type { Break } from './breaks.ts'
import { judgeClause } from './clause.ts'
import { judgeCondition } from './condition.ts'
import { FUNCTIONS } from './functions.ts'
import { Ahead, type Token } from './lexer.ts'
import { judgeConstants, judgeOperation } from './operation.ts'
import { BOOLEANS, DECISIVE, TAIL_WORDS } from './operators.ts'
import { STATEMENTS } from './statement_words.ts'
import { type Tail, type Verdict, verdict } from './verdict.ts'

/** Enough for the longest shape that a judge knows. */
const WINDOW = 32

/** Longest string that is compared with another one only to see what the answer is. */
const MAX_STRING = 24

/** Null when the tail is no SQL. */
export function judgeTail(lower: string, place: Break): Verdict | null {
  const list = new Ahead(lower, place.at, WINDOW)
  let i = 0
  while (list.at(i)?.kind === ')') i++
  const token = list.at(i)
  if (token === undefined || token.kind === 'end') return null
  return judge({ list, place, closed: i > 0 }, token, i)
}

function judge(tail: Tail, token: Token, i: number): Verdict | null {
  const { quote, at, before } = tail.place
  if (token.kind === 'comment') return judgeComment(tail, token)
  if (token.kind === ';') return judgeStacked(tail, i + 1)
  // `1or 1=1`: the needles for it end with a blank or a parenthesis.
  const glued = token.kind === 'word' && token.start === at && before === 'number' && quote === ''
  if (glued && token.text !== 'union' && !/^(?:x?or|and)[\t-\r +(]/.test(tail.list.lower.slice(at, at + 4))) return null
  if (token.kind === 'word' && isQuotedWord(tail, token)) return null
  if (BOOLEANS.has(token.text)) {
    const condition = judgeCondition(tail, i + 1, token.end)
    if (condition !== null || token.kind === 'word') return condition
  }
  const tested = before === 'string' && /^(?:not|regexp|rlike)$/.test(token.text) && at <= MAX_STRING
  const constant = (before === 'number' && quote === '') || (before === 'string' && token.kind === 'operator') || tested
  if (constant && (tested || DECISIVE.has(token.text))) {
    const constants = judgeConstants(tail, token, i + 1)
    if (constants !== null) return constants
  }
  if (token.kind === 'word') {
    if (token.start === at && quote !== '' && !TAIL_WORDS.has(token.text)) return null // O'Brien
    return judgeClause(tail, token, i) ?? judgeJuxtaposed(tail, token, i)
  }
  if (token.kind === 'operator' && quote !== '') return judgeOperation(tail, token, i + 1)
  return null
}

/** `'or',`: a word as a string of code or of a list. */
function isQuotedWord({ list, place }: Tail, token: Token): boolean {
  if (place.quote === '' || token.start !== place.at || list.lower[token.end] !== place.quote) return false
  return /^[:,;)\]}]$/.test(list.lower.charAt(token.end + 1))
}

/** `admin'--`, `1)#`, `1 -- -`: the rest of the statement is cut off. Only at the end of the value: prose has dashes too. */
function judgeComment({ place, closed }: Tail, token: Token): Verdict | null {
  const { quote, at, before } = place
  const rest = token.text.slice(2)
  if (quote === '' && before === 'number' && !closed) {
    return /^--[\t-\r +](?:-\s{0,4}|[\t-\r +]+)$/.test(token.text)
      ? verdict('sqli.comment', token.end, CUT_NUMBER)
      : null
  }
  if (quote === '' && !(closed && before !== 'text')) return null
  const short = token.text.startsWith('--') ? /^[\s+-]*\w{0,8}$/.test(rest) : /^\s*$/.test(rest)
  if (!short || (token.text.startsWith('#') && token.start > at + 1 && !closed)) return null
  return verdict('sqli.comment', token.end, CUT)
}

const CUT = 'A quote ends the string and a comment cuts off the rest of the statement.'
const CUT_NUMBER = 'After a number a comment cuts off the rest of the statement.'

/** `; DROP TABLE x` */
function judgeStacked(tail: Tail, i: number): Verdict | null {
  const { list, place } = tail
  const { quote, before } = place
  const token = list.at(i)
  if (token === undefined) return null
  if (token.kind === 'end' && quote === "'" && before === 'text' && place.closing && place.bare) {
    return verdict('sqli.comment', token.end, 'A quote ends the string and a semicolon the statement.')
  }
  if (token.kind === 'comment' && place.at + 4 >= token.start) {
    if (quote !== '') return judgeComment(tail, token)
    if (/^--[\s+-]{0,8}$/.test(token.text)) return verdict('sqli.comment', token.end, CUT_NUMBER)
  }
  const needed = token.kind === 'word' ? STATEMENTS.get(token.text) : undefined
  if (needed === undefined || (before === 'text' && quote === '')) return null
  const next = list.at(i + 1)
  if (next === undefined || (needed.length > 0 && !needed.includes(next.text) && !needed.includes(next.kind)))
    return null
  const doubtful = before === 'word' || before === 'call' || (before === 'nothing' && tail.closed)
  if (quote === '' && doubtful && !isSurely(tail, token, i)) return null
  return verdict('sqli.stacked', next.end, `The statement is ended and another one (${token.text}) begins.`)
}

/** `x' drop table users--`: SQL Server takes statements side by side. */
function judgeJuxtaposed(tail: Tail, token: Token, i: number): Verdict | null {
  const { quote, before, paired, closing } = tail.place
  const ended = (quote !== '' && quote !== '`' && closing) || tail.closed || (before === 'number' && !paired)
  if (!ended || !STATEMENTS.has(token.text) || !isSurely(tail, token, i)) return null
  const end = tail.list.at(i + 1)?.end ?? token.end
  return verdict('sqli.stacked', end, `After the value another statement (${token.text}) begins.`)
}

/**
 * What no sentence says: after a word a semicolon separates items of people's lists (`cut; copy; paste`), and after a string
 * SQL Server needs none at all.
 */
function isSurely({ list }: Tail, token: Token, i: number): boolean {
  const [next, third, fourth] = [list.at(i + 1), list.at(i + 2), list.at(i + 3)]
  if (next === undefined || third === undefined) return false
  switch (token.text) {
    case 'select':
      if (next.kind === 'number' || next.kind === 'string') return /^(?:end|comment|,|;)$/.test(third.kind)
      return FUNCTIONS.has(next.text) || next.text === '*' || next.text.startsWith('@@') || third.text === 'from'
    case 'update':
      return third.text === 'set' && fourth?.kind === 'word'
    case 'insert':
      return third.kind === 'word' && (fourth?.kind === '(' || fourth?.text === 'values' || fourth?.text === 'select')
    case 'delete':
      return next.text === 'from' && third.kind === 'word' && !(fourth?.kind === 'word' && fourth.text !== 'where')
    case 'drop':
    case 'alter':
    case 'truncate':
      return OBJECTS.has(next.text) && third.kind === 'word' && fourth?.kind !== 'word'
    case 'create':
      return OBJECTS.has(next.text) && third.kind === 'word' && fourth?.kind === '('
    case 'exec':
    case 'execute':
      return (
        (next.kind === '(' && third.kind !== 'word') ||
        next.kind === 'variable' ||
        /^(?:immediate|master\.|[xs]p_)/.test(next.text)
      )
    case 'declare':
      return next.kind === 'variable'
    case 'set':
      return next.kind === 'variable' && (third.text === '=' || third.text === ':=')
    case 'prepare':
      return third.text === 'from'
    case 'waitfor':
      return third.kind === 'string' || third.kind === 'open-string' || third.kind === 'variable'
    case 'shutdown':
      return next.kind === 'end' || next.kind === 'comment' || next.kind === ';' || next.text === '{'
    default:
      return false
  }
}

const OBJECTS: ReadonlySet<string> = new Set([
  'table',
  'database',
  'schema',
  'view',
  'user',
  'login',
  'function',
  'procedure',
])

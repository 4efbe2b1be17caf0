/** SQL that is an attack wherever it stands, because no value of an application contains it: found from its key words on. */
import { Ahead, type Token, tokenAt, tokens } from './lexer.ts'
import { isLiteral } from './operands.ts'
import type { Verdict } from './tail.ts'
import { BOOLEANS, FUNCTIONS, isCatalogue, STRONG_FUNCTIONS } from './words.ts'

export interface Sighting extends Verdict {
  readonly start: number
}

/** How many tokens a judge may look ahead. */
const WINDOW = 12
/** Longest string that counts as a constant of a comparison. */
const MAX_CONSTANT = 24

type Judge = (lower: string, token: Token) => Verdict | null

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['union', union],
  ['or', tautology],
  ['and', tautology],
  ['xor', tautology],
  ['having', tautology],
  ['where', tautology],
  ['select', select],
  ['sleep', sleep],
  ['waitfor', waitfor],
  ['from', catalogue],
  ['into', outfile],
  ['case', caseWhen],
  ['if', constantIf],
  ['exec', execute],
  ['execute', execute],
  ['procedure', analyse],
  ['by', orderByFunction],
])

/** Calls `report` for what it finds; stops after the first sighting per rule. One pass over the text. */
export function findAnywhere(lower: string, report: (sighting: Sighting) => void): void {
  const seen = new Set<string>()
  const say = (start: number, verdict: Verdict | null) => {
    if (verdict === null || seen.has(verdict.rule)) return
    seen.add(verdict.rule)
    report({ ...verdict, start })
  }
  for (let at = 0; at < lower.length; at++) {
    const c = lower.charCodeAt(at)
    if (isNamePart(c)) {
      const end = nameEnd(lower, at)
      const word = lower.slice(at, Math.min(end, at + 64))
      if (lower.startsWith('/**/', end)) say(at, splitWord(lower, word, end))
      if (word.endsWith('.e') && c <= 57 && lower[end] === '(')
        say(at, verdict('sqli.number-trick', end + 1, NUMBER_TRICK))
      const token: Token = { kind: 'word', text: word, start: at, end }
      say(at, JUDGES.get(word)?.(lower, token) ?? strongFunction(lower, token))
      at = end - 1
    } else if (c === 47 && lower.startsWith('/*!', at)) say(at, conditionalComment(lower, at))
    else if ((c === 124 || c === 38) && lower.charCodeAt(at + 1) === c) {
      say(at, tautology(lower, { kind: 'operator', text: lower.slice(at, at + 2), start: at, end: at + 2 }))
      at++
    }
  }
}

const NUMBER_TRICK = 'MySQL reads "1.e(" as an opening parenthesis, which hides calls from filters.'

/** UNION [ALL | DISTINCT] [(] SELECT and then something that can be selected. */
function union(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, WINDOW)
  let i = 0
  const all = list[i]?.text === 'all' || list[i]?.text === 'distinct' || list[i]?.text === 'distinctrow'
  if (all) i++
  while (list[i]?.kind === '(') i++
  if (list[i]?.text !== 'select' && list[i]?.text !== 'values') return null
  const operand = list[i + 1]!
  const next = list[i + 2]
  const prose = operand.kind === 'word' && operand.text !== 'null' && next?.kind === 'word' && next.text !== 'from'
  if (prose && !all) return null
  if (operand.kind === 'end' && !all && i === 0) return null
  return verdict('sqli.union-select', operand.end, 'A second select is joined to the statement with union.')
}

/** OR 1=1, AND 'a'='b', || 1<2: a comparison of two constants decides nothing but what the attacker wants to know. */
function tautology(lower: string, token: Token): Verdict | null {
  const ahead = new Ahead(lower, token.end, 8)
  let i = 0
  while (isOpening(ahead.at(i))) i++
  const left = ahead.at(i)
  if (left === undefined || BOOLEANS.has(left.text)) return null
  if (left.kind === 'word') {
    if (lower[left.end] !== '(' || !FUNCTIONS.has(left.text) || !BOOLEANS.has(token.text)) return null
    const why = `The condition calls ${left.text}(), which reads data bit by bit or takes time.`
    return verdict('sqli.function', left.end + 1, why)
  }
  const operator = ahead.at(i + 1)
  const right = ahead.at(i + 2)
  if (operator?.kind !== 'operator' || right === undefined) return null
  if (!isConstant(lower, left) || !isConstant(lower, right)) return null
  if (!/^(?:=|==|<|>|<>|!=|<=|>=|<=>)$/.test(operator.text)) return null
  const why = 'The condition compares two constants, so it is always true or always false.'
  return verdict('sqli.tautology', right.end, why)
}

function isOpening(token: Token | undefined): boolean {
  return token?.kind === '(' || token?.text === 'not' || token?.text === '!' || token?.text === '-'
}

/** SELECT char(…), SELECT 0x41, (SELECT version()), (SELECT * FROM …. */
function select(lower: string, token: Token): Verdict | null {
  const nested = lower[previousInk(lower, token.start)] === '('
  const list = tokens(lower, token.end, WINDOW)
  let i = 0
  while (list[i]?.kind === '(' || list[i]?.text === 'all' || list[i]?.text === 'distinct' || list[i]?.text === '-') i++
  const operand = list[i]!
  const next = list[i + 1]
  const from = list.slice(i + 1).findIndex(t => t.text === 'from')
  const call = next?.kind === '(' && (FUNCTIONS.has(operand.text) || operand.text.includes('.'))
  if (operand.text === 'select' || operand.text === 'case') {
    return verdict('sqli.subselect', operand.end, 'A select stands in the place of a value.')
  }
  if (nested && (call || isLiteral(operand) || operand.text === '*' || (from >= 0 && next?.text !== 'from'))) {
    return verdict('sqli.subselect', operand.end, 'A select in parentheses stands in the place of a value.')
  }
  if (STRONG_FUNCTIONS.has(operand.text))
    return verdict('sqli.function', operand.end, `The select calls ${operand.text}.`)
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

/** sleep(5) in the place of a value: after an operator, a quote, a parenthesis or a key word, not `time.sleep(5)`. */
function sleep(lower: string, token: Token): Verdict | null {
  const [open, delay] = tokens(lower, token.end, 2)
  if (open?.kind !== '(' || delay === undefined || (delay.kind !== 'number' && delay.kind !== '(')) return null
  const at = previousInk(lower, token.start)
  const before = lower.slice(Math.max(0, at - 6), at + 1)
  const placed =
    at < 0
      ? delay.kind === 'number'
      : /[-'"(,;=+|&*^/%!`]$|\b(?:and|or|xor|select|by|then|else|when|not|having|where)$/.test(before)
  if (!placed) return null
  return verdict('sqli.time', delay.end, 'The database is made to wait, which answers a question by time.')
}

function waitfor(lower: string, token: Token): Verdict | null {
  const [unit, delay] = tokens(lower, token.end, 2)
  if ((unit?.text !== 'delay' && unit?.text !== 'time') || delay === undefined) return null
  if (delay.kind === 'word' || delay.kind === 'end') return null
  return verdict('sqli.time', delay.end, 'SQL Server is made to wait, which answers a question by time.')
}

function strongFunction(lower: string, token: Token): Verdict | null {
  if (!STRONG_FUNCTIONS.has(token.text)) return null
  const open = tokenAt(lower, token.end)
  const bare = token.text.startsWith('xp_') || token.text.startsWith('sp_')
  if (open.kind !== '(' && !bare) return null
  if (token.text === 'benchmark' || token.text === 'polygon') {
    const first = tokenAt(lower, open.end)
    const second = tokenAt(lower, first.end)
    const called =
      (first.kind === 'number' && second.kind === ',' && tokenAt(lower, second.end).kind !== 'number') ||
      first.kind === '('
    if (open.start !== token.end || !called) return null
  }
  return verdict('sqli.function', open.end, `${token.text}() is a function for attacks and administrators.`)
}

function catalogue(lower: string, token: Token): Verdict | null {
  const [table, next] = tokens(lower, token.end, 2)
  if (table?.kind !== 'word' || !isCatalogue(table.text)) return null
  if (table.text === 'dual' && next?.kind === 'word') return null
  return verdict('sqli.catalogue', table.end, `The tables of the database itself (${table.text}) are read.`)
}

function outfile(lower: string, token: Token): Verdict | null {
  const [word, name] = tokens(lower, token.end, 2)
  if (
    (word?.text !== 'outfile' && word?.text !== 'dumpfile') ||
    (name?.kind !== 'string' && name?.kind !== 'open-string')
  )
    return null
  return verdict('sqli.file', name.end, 'The result is written to a file of the server.')
}

/** CASE WHEN 1=1 THEN, CASE WHEN (…: a condition on constants or on a select. */
function caseWhen(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, WINDOW)
  if (list[0]?.text !== 'when') return null
  if (list[1]?.kind !== '(' && list[1]?.kind !== 'number' && !list.some(t => t.text === 'then')) return null
  return verdict('sqli.case', list[1]!.end, 'A case expression asks a question and answers it by its value.')
}

/** if(1=1,… */
function constantIf(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, 6)
  if (list[0]?.kind !== '(' || list[0].start !== token.end) return null
  const [left, operator, right] = list.slice(1)
  if (left === undefined || operator === undefined || right === undefined) return null
  const constant = isConstant(lower, left) && (right.kind === 'number' || right.kind === 'end') && operator.text === '='
  const call = operator.kind === '(' && FUNCTIONS.has(left.text) && (right.kind === '(' || right.text === 'select')
  if (!constant && !call) return null
  return verdict('sqli.case', right.end, 'if() asks a question and answers it by its value or by time.')
}

function execute(lower: string, token: Token): Verdict | null {
  const [name] = tokens(lower, token.end, 1)
  if (name === undefined || !/^(?:master\.+(?:dbo\.)?)?(?:xp_|sp_)\w+|^immediate$/.test(name.text)) return null
  return verdict('sqli.function', name.end, `The stored procedure ${name.text} is executed.`)
}

function analyse(lower: string, token: Token): Verdict | null {
  const [name, open] = tokens(lower, token.end, 2)
  if ((name?.text !== 'analyse' && name?.text !== 'analyze') || open?.kind !== '(') return null
  return verdict('sqli.function', open.end, 'procedure analyse() reads the names of columns.')
}

/** ORDER BY if(…, ORDER BY (select, GROUP BY concat(… */
function orderByFunction(lower: string, token: Token): Verdict | null {
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

/** UN, empty comment, ION: an empty comment in the place of a blank, or within a word that a filter should not see. */
function splitWord(lower: string, word: string, end: number): Verdict | null {
  let after = end
  while (lower.startsWith('/**/', after)) after += 4
  const next = lower.slice(after, Math.min(nameEnd(lower, after), after + 32))
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

/** `!50000select`, `!union`, `+ hint` in comment signs. */
function conditionalComment(lower: string, at: number): Verdict | null {
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

/** Strings of a line at most: in tables and prose quotes pair up over whole paragraphs. */
function isConstant(lower: string, token: Token): boolean {
  if (token.kind === 'number') return true
  if (token.kind !== 'string' && token.kind !== 'open-string') return false
  return token.end - token.start <= MAX_CONSTANT && !/[,\n]/.test(lower.slice(token.start, token.end))
}

/** Index of the last character before `at` that is no blank, or -1. */
function previousInk(lower: string, at: number): number {
  let i = at - 1
  const least = Math.max(-1, at - 64)
  while (i > least && lower.charCodeAt(i) <= 32) i--
  return i
}

function nameEnd(lower: string, at: number): number {
  while (at < lower.length && isNamePart(lower.charCodeAt(at))) at++
  return at
}

function isNamePart(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 95 || c === 36 || c === 46
}

function verdict(rule: string, end: number, why: string): Verdict {
  return { rule, end, why }
}

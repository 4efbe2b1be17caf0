/** Values that are a probe of the database as a whole: a name of its catalogue, a call, a comparison of constants. */

import { isCatalogue, QUESTIONS } from './catalogues.ts'
import { isProcedure, ONLY_SQL } from './database_functions.ts'
import { FUNCTIONS, TELLING } from './functions.ts'
import { Ahead } from './lexer.ts'
import { isLiteral } from './operands.ts'
import { type Verdict, verdict } from './verdict.ts'

/** Longest value that can be a probe. */
const MAX_PROBE = 128

type Probe = (list: Ahead) => Verdict | null

const PROBES: readonly Probe[] = [name, variable, call, parenthesised, loneOperator, constants, assignment, drop, float]

/** `plain` forbids what interfaces take in values that are made for expressions. */
export function judgeWhole(lower: string, plain: boolean): Verdict | null {
  if (lower.length > MAX_PROBE) return null
  const list = new Ahead(lower, 0, 24)
  for (const probe of PROBES) {
    const found = probe(list)
    if (found !== null) return found
  }
  return plain ? onlySqlCall(list) : null
}

/** `information_schema`, `sysobjects`, `xp_cmdshell`. */
function name(list: Ahead): Verdict | null {
  const only = list.at(0)
  if (only?.kind !== 'word' || list.at(1)?.kind !== 'end') return null
  if (isCatalogue(only.text)) {
    return verdict('sqli.catalogue', only.end, 'The value is a name of the catalogue of a database.')
  }
  if (!isProcedure(only.text)) return null
  return verdict('sqli.function', only.end, 'The value is the name of a procedure for administrators of databases.')
}

/** Variables of servers that are asked for. */
const VARIABLE =
  /^@@(?:(?:global|session)\.)?(?:version\w*|hostname|datadir|basedir|tmpdir|plugin_dir|servername|language|spid|secure_file_priv|port|socket|character_set\w*|user\w*|identity|rowcount)$/

function variable(list: Ahead): Verdict | null {
  const only = list.at(0)
  if (only?.kind !== 'variable' || list.at(1)?.kind !== 'end' || !VARIABLE.test(only.text)) return null
  return verdict('sqli.catalogue', only.end, 'The value is a variable of a database server.')
}

/** `database()`, `ascii(substr(user(),1,1))`, `unhex(0x27)`. */
function call(list: Ahead): Verdict | null {
  const [called, open, third, fourth] = [list.at(0), list.at(1), list.at(2), list.at(3)]
  if (called?.kind !== 'word' || open?.kind !== '(') return null
  const empty = third?.kind === 'end' || (third?.kind === ')' && fourth?.kind === 'end')
  if (QUESTIONS.has(called.text) && empty && open.start === called.end) {
    return verdict(
      'sqli.function',
      open.end,
      `The value is a call of ${called.text}(), which tells about the database.`,
    )
  }
  if (!FUNCTIONS.has(called.text)) return null
  if (/\b(?:user|version|database|current_user|db_name)\(\s?\)|@@\w/.test(list.lower.slice(open.end))) {
    const why = `The value is a call of ${called.text}() with what tells about the database.`
    return verdict('sqli.function', open.end, why)
  }
  if (third?.kind !== 'number') return null
  const letters =
    (called.text === 'char' || called.text === 'chr') &&
    /^\s?\d{2,3}(?:\s?,\s?\d{2,3}|\)\s?\|\|)/.test(list.lower.slice(open.end))
  if (!third.text.startsWith('0x') && !letters) return null
  const why = `The value is a call of ${called.text}() with a string spelled in numbers.`
  return verdict('sqli.function', third.end, why)
}

/** A call of what no other language has, in a value that is not made for expressions. */
function onlySqlCall(list: Ahead): Verdict | null {
  const called = list.at(0)
  if (called?.kind !== 'word' || list.lower[called.end] !== '(') return null
  if (!ONLY_SQL.has(called.text) && !TELLING.has(called.text)) return null
  return verdict('sqli.function', called.end + 1, `The value is a call of ${called.text}(), a function of databases.`)
}

/** (select name from users) */
function parenthesised(list: Ahead): Verdict | null {
  const shape = ['(', 'select', 'word', 'from', 'word', ')']
  const fits = shape.every((want, i) => list.at(i)?.kind === want || list.at(i)?.text === want)
  const last = list.at(shape.length)
  if (!fits || (last?.kind !== 'end' && last?.kind !== 'comment')) return null
  const why = 'The value is a select in parentheses, which stands in the place of a value.'
  return verdict('sqli.subselect', last.start, why)
}

/** Codes of places have five digits: `OR 97201`. */
const BOOLEAN_NUMBER = /^\s{0,8}(?:or\s{1,8}-?\d{1,4}|(?:xor|and)\s{1,8}-?\d{1,10})\s?-?\s{0,8}$/
/** Operators with what only statements have on their right. */
const OPERATOR =
  /^\s{0,8}(?:not\s)?(?:(?:rlike|regexp|like|ilike|glob|sounds\slike|<>|!=|<=>)\s(?:binary|null\b|0x)|collate\s(?:nocase|rtrim|binary|\w{1,20}_\w{1,40})\b|r(?:like|egexp)\s["'(])/

const ORDER = /^\s{0,8}(?:order|group)\sby\s\d{1,6}(?:,\d{1,6}){0,40}\s{0,4}(?:--|#)/

function loneOperator(list: Ahead): Verdict | null {
  if (BOOLEAN_NUMBER.test(list.lower)) {
    const why = 'The value is a boolean operator with a number, for a place after a number.'
    return verdict('sqli.condition', list.lower.length, why)
  }
  const ordered = ORDER.exec(list.lower)
  if (ordered !== null) {
    const why = 'The value is an order by a number of a column, and a comment cuts off the rest.'
    return verdict('sqli.clause', ordered[0].length, why)
  }
  const found = OPERATOR.exec(list.lower)
  if (found === null) return null
  return verdict('sqli.expression', found[0].length, 'The value is an operator of SQL with its right side.')
}

/** `1=1`, `'a'='a'`, `'a' like 'a`: equal constants and nothing else. */
function constants(list: Ahead): Verdict | null {
  const [left, operator, right, last] = [list.at(0), list.at(1), list.at(2), list.at(3)]
  if (left === undefined || right === undefined || (operator?.text !== '=' && operator?.text !== 'like')) return null
  if (!isLiteral(left) || (last?.kind !== 'end' && last?.kind !== 'comment' && right.kind !== 'open-string'))
    return null
  const said = list.lower.slice(left.start, left.end)
  const again = list.lower.slice(right.start, right.end)
  const short = left.kind === 'number' && said.length === 1 && operator.start === left.end && operator.text === '='
  const equal = said === again || (left.kind === 'string' && said.slice(0, -1) === again)
  if (!equal || !(short || left.kind === 'string')) return null
  const why = 'The value compares a constant with itself, so it is always true.'
  return verdict('sqli.tautology', right.end, why)
}

/** `set @a=…`, `declare @a int`, also after `;` or `>`. */
function assignment(list: Ahead): Verdict | null {
  const from = list.at(0)?.text === '>' || list.at(0)?.kind === ';' ? 1 : 0
  const second = list.at(from + 1)
  const third = list.at(from + 2)
  if (second?.kind !== 'variable' || third === undefined) return null
  const sets = list.at(from)?.text === 'set' && /^(?:|=|:=)$/.test(third.text)
  const declares = list.at(from)?.text === 'declare' && third.kind === 'word'
  if (!sets && !declares) return null
  return verdict('sqli.stacked', second.end, 'The value is a statement that declares or sets a variable.')
}

function drop({ lower }: Ahead): Verdict | null {
  if (!/^\s{0,8}drop\s?(?:\/\*|(?:\w{1,64}\s){0,2}\w{1,64}\s?;\s?(?:--|#|$))/.test(lower)) return null
  return verdict('sqli.stacked', lower.length, 'The value is a statement that drops a table.')
}

/** Numbers that make readers of decimals in old versions of Java and PHP run for ever (CVE-2010-4476, CVE-2010-4645). */
const FLOAT =
  /^\s{0,8}[+-]?(?:2\.22507385850720(?:0[7-9]|1[0-35-9])\d{0,16}e-0{0,4}308|0\.0{1,16}222507385850720\d{2}e-0{0,4}\d{3})\s{0,8}$/

function float({ lower }: Ahead): Verdict | null {
  if (!FLOAT.test(lower)) return null
  const why = 'Readers of decimals in old versions of Java and PHP run for ever on this number.'
  return verdict('sqli.float', lower.length, why)
}

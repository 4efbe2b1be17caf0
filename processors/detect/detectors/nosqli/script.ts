/** JavaScript that MongoDB would run ($where, mapReduce), and calls of its shell. */
import type { Sighting } from './operators.ts'

/** Code is longer than this when people paste it; an injection is not. */
const MAX_SCRIPT = 640

/** Where a string or a number of the script ends: after a quote and closing brackets, or after a number. */
const BREAK = String.raw`(?:^[^\s'"]{0,64}['"]|^[\w.-]{1,32})[)\]}]{0,4}\s{0,8}`

/** What only a condition on documents says. */
const CONDITION = String.raw`(?:!?this\.[\w.]{1,64}(?:\[\d{1,4}\])?\s{0,4}(?:[!=<>]=|[<>]|\.(?:match|length|test|charat|substr|startswith|indexof)\b)|!?\(?this\b\)?\s{0,4}(?:$|[)&|;/]))`

const FORMS: readonly (readonly [rule: string, form: RegExp, why: string])[] = [
  [
    'nosqli.condition',
    new RegExp(`${BREAK}(?:\\|\\||&&)\\s{0,8}${CONDITION}`),
    'A condition on the fields of a document is added to a script of the database.',
  ],
  [
    'nosqli.script',
    new RegExp(`${BREAK};[ \\t]{0,8}return\\b(?!\\s\\w{1,32}\\s\\w)`),
    'The value ends a statement of a script of the database and returns its own verdict.',
  ],
  [
    'nosqli.script',
    new RegExp(
      `${BREAK};\\s{0,8}(?:while\\s{0,4}\\(\\s{0,4}(?:1|true|!0)\\s{0,4}\\)|(?:var\\s)?\\w{1,16}\\s{0,4}=\\s{0,4}new\\sdate\\(\\)|do\\s{0,4}\\{|for\\s{0,4}\\(;;\\))`,
    ),
    'The value makes a script of the database wait or run for ever, which answers a question by time.',
  ],
  [
    'nosqli.script',
    new RegExp(`${BREAK};\\s{0,8}sleep\\(\\d{1,9}\\)\\s{0,8}(?:$|\\}|//|;\\s{0,8}(?:$|//|['"}]|var\\b))`),
    'The value makes a script of the database wait, which answers a question by time.',
  ],
  [
    'nosqli.condition',
    /^['"]\s{0,8}(?:\|\||&&)\s{0,8}this\.\w{1,64}/,
    'A condition on the fields of a document is added to a script of the database.',
  ],
  [
    'nosqli.script',
    /\bfunction\s{0,4}\(\s{0,4}\)\s{0,8}\{[^}]{0,160}(?<!\.)\bemit\s{0,4}\(/,
    'A function of a map-reduce reads the collection.',
  ],
  [
    'nosqli.script',
    /(?:^|['"};]\s{0,8}|\breturn\s)(?:tojson|printjson(?:online)?)\s{0,4}\(\s{0,4}(?:db\.|this\b)/,
    'The value prints documents with functions of the shell of MongoDB.',
  ],
]

const SHELL_CALL =
  /(?:^|[;'"}{&|=(]\s{0,4}|\breturn\s)(?:this\.)?db\.(?:(?:getcollectionnames|getcollectioninfos|getcollection|dropdatabase|version|eval|admincommand|runcommand|getusers?|createuser|getsiblingdb|hostinfo|serverstatus|getmongo|stats|copydatabase|clonedatabase|shutdownserver|getname)|[\w$]{1,64}\.(?:insert|insertone|insertmany|drop|remove|deleteone|deletemany|mapreduce|findone|find|update|updateone|updatemany|renamecollection|save|count|group)) ?\(/

/** `', $where: '1 == 1`, `true, $or: [ {}`: an operator is added to the document that the value stands in. */
const ADDED_OPERATOR =
  /^[^,]{0,64}['"]?[\s}\])]{0,8},\s{0,8}['"]?\$(?:where|or|and|nor|ne|gt|comment|expr|function|regex)['"]?\s{0,4}:|^\s{0,8}['"]?\$where['"]?\s{0,4}:/

export function judgeScript(lower: string): Sighting | null {
  if (lower.length > MAX_SCRIPT) return null
  for (const [rule, form, why] of FORMS) {
    const found = form.exec(lower)
    if (found !== null) return sighting(rule, found, why)
  }
  const call = SHELL_CALL.exec(lower)
  if (call !== null && (call.index > 0 || !/\.(?:find|count)\w* ?\($/.test(call[0]))) {
    return sighting('nosqli.shell', call, 'The value calls a function of the shell of MongoDB.')
  }
  const added = ADDED_OPERATOR.exec(lower)
  if (added !== null) {
    return sighting(
      'nosqli.document',
      added,
      'The value adds an operator to the document of a query that it stands in.',
    )
  }
  return null
}

/** What stands under `$where`, `$function`, `$accumulator`: code from a client. */
export function judgeWhere(lower: string): Sighting | null {
  if (!/[=<>(!]|\b(?:return|this|obj)\b|^\s{0,8}(?:1|true)\s{0,8}$/.test(lower.slice(0, MAX_SCRIPT))) return null
  return {
    rule: 'nosqli.where',
    severity: 'critical',
    at: 0,
    end: lower.length,
    why: 'The value is a script that the database runs for every document.',
    shows: '$where script',
    unless: 'With operators in the place of a script.',
  }
}

function sighting(rule: string, { index, 0: shows }: RegExpExecArray, why: string): Sighting {
  const unless = 'As a part of longer text, or without the quote or semicolon that ends the value before the script.'
  return { rule, severity: 'high', at: index, end: index + shows.length, why, shows: shows.slice(0, 200), unless }
}

/**
 * Parts of statements that no sentence has, for values that are made for neither queries nor text: an id, a page, a cookie.
 * Prose is left out before.
 */
import { type Verdict, verdict } from './verdict.ts'

/** Longest value that is looked at. */
const MAX_FRAGMENT = 640

/** Begins with a comment that documents code, as files of it do. */
const SOURCE = /^\s{0,16}\/\*\*\s/

const NAME = '[\\w.`"$@#\\[\\]]{1,80}'

/** The last one of each occurs in whatever it matches: most texts are ruled out by that. */
const FRAGMENTS: readonly (readonly [form: RegExp, what: string, needs?: string])[] = [
  [new RegExp(`\\binsert\\s{1,8}into\\s{1,8}${NAME}\\s{0,8}(?:\\(|values\\b|select\\b|$)`), 'insert into', 'insert'],
  [new RegExp(`\\bdelete\\s{1,8}from\\s{1,8}${NAME}\\s{0,8}(?:where\\b|;|--|#|$)`), 'delete from', 'delete'],
  [new RegExp(`\\bupdate\\s{1,8}${NAME}\\s{1,8}set\\s{1,8}${NAME}\\s{0,8}=`), 'update … set', 'update'],
  [
    new RegExp(
      `\\b(?:create|alter|drop|truncate)\\s(?:table|database|view|procedure|trigger)\\s{1,8}(?:if\\s(?:not\\s)?exists\\s)?${NAME}\\s{0,8}(?:\\(|;|--|#|add\\b|drop\\b|as\\b)`,
    ),
    'a definition',
  ],
  [
    new RegExp(
      `\\b(?:inner|left|right|full|cross|natural)\\s{1,8}(?:outer\\s{1,8})?join\\s{1,8}${NAME}(?:\\s{0,8}$|(?:\\s{1,8}(?:as\\s)?\\w{1,40})?\\s{1,8}(?:on|using)\\b)`,
    ),
    'join',
    'join',
  ],
  [/\bgroup\s{1,8}by\s{1,8}[^;]{1,120}\shaving\b/, 'group by … having', 'having'],
  [/^\W{0,8}(?:order|group)\s{1,8}by\s{1,8}\d{1,4}(?:\s?,\s?\d{1,4}){0,40}\W{0,8}$/, 'order by', 'by'],
  [/\blike\s{0,4}\(?\s{0,4}n?cha?r\s{0,4}\(/, 'like char(', 'like'],
  [/\b(?:select\s\(?case\b|(?:by|set|where|and|or)\s\(?case\swhen\b)/, 'case', 'case'],
  [/(?<![.\w])ex(?:ec|ecute)\s{0,4}\(\s{0,4}['"@]/, 'execute (', 'ex'],
  [
    new RegExp(
      `\\bfrom\\s{1,8}${NAME}\\s{1,8}(?:where\\b[^;]{1,120}\\b|order\\s{1,4}by\\b[^;]{1,80}\\b)?limit\\s{1,8}\\d`,
    ),
    'from … limit',
    'limit',
  ],
  [/\bnot\s{1,8}between\s{1,8}\d{1,10}\s{1,8}and\b/, 'not between', 'between'],
  [/\b(?:not\s{1,8})?in\s?\(\s?\d{1,10}\s{0,4}(?:,\s{0,4}\d{1,10}\s{0,4}){1,40}\)/, 'in (', 'in'],
  [/\bin\s?\(\s?(?:"[^"]{0,80}"|'[^']{0,80}')\s?[,)]/, 'in (', 'in'],
  [/^\d{1,10}\s(?:xor|rlike|regexp|div|glob|sounds\slike)\s\d/, 'an operator between numbers'],
  [/^[\W\d]{1,40}(?:alter|union)\W{0,8}$/, 'union'],
  [
    /^[^\s'"`]{0,40}['"`]\s{1,8}(?:n?and|x?or|div|r?like|i?like|glob|regexp|sounds\slike|between|not|union|having|order\sby)\W{0,8}$/,
    'an operator after a quote',
  ],
  [/^[/'")]\d{1,10}\s(?:x?or|and)[\s(]{0,8}$|^\W?\d{1,10}\s(?:x?or|and)\s?\($/, 'an operator after a number'],
  [/(?:^|[/'")=\s-])\d{1,10}['")]{0,3}\s{1,8}union\s{1,8}(?:all|distinct|select)\W{0,8}(?:$|\/)/, 'union'],
  [
    /^[\d'")\s]{0,16};\s{0,8}(?:drop|alter|create|truncate|insert|update|delete|exec|execute|select|declare|print)\W{0,8}$/,
    'the word of a statement after a semicolon',
    ';',
  ],
  [
    /^\s{0,8}[;'")/]{1,8}\s{0,8}(?:create|alter|drop|truncate)\s(?:table|database|procedure|trigger)\s{1,8}[\w.]{1,64}\W{0,8}$/,
    'a definition',
  ],
  [/^(?:\w{1,32}'\s{1,8}'\s|\d{1,10}'\s{1,8}')\s?(?:\d{0,10}|\w)$/, 'two strings side by side', "'"],
  [/^'\)?;\s{0,8}$/, 'a quote and a semicolon', "'"],
  [/^(?:current_user|nvarchar|ncharacter|varbinary)$/, 'a word of SQL'],
  [/^@\w{1,40}\s(?:and|x?or|div|like|between)\s['"`\d]/, 'a condition on a variable', '@'],
  [/\bcollate\s['"]/, 'collate', 'collate'],
  [/\bdiv\s?\(\s?[-+]?[\d.]{1,20}\s?,/, 'div(', 'div'],
  [/\bmerge\s(?:into\s)?[^;(]{0,80}\busing\s?\(/, 'merge using', 'merge'],
  [/^\W{0,4}execute\s?\(/, 'execute (', 'ex'],
  [/^\W{0,4}order\sby(?:\s\w{1,64}\s(?:asc|desc))?\W{0,8}$/, 'order by', 'by'],
  [/\b\w{1,64}\s{1,4}is\s(?:not\s{1,8})?null\b/, 'is null', 'null'],
  [
    /[\w'")]\s{0,4}::\s{0,4}(?:int|integer|int[248]|bigint|smallint|numeric|text|bool|boolean|real|float8?|varchar|oid|regclass)\b/,
    'a cast',
    '::',
  ],
  [/[\d'")]\s{0,4}::\s{0,4}(?:jsonb?|date|timestamp)\b/, 'a cast', '::'],
  [/\b(?:declare|open)\s{1,8}[@#]\w|;\s{0,8}(?:declare|open)\s{1,8}[\w-]{1,40}\s{1,8}cursor\b/, 'declare'],
  [/^\W{0,4}'?(?:sa|dbo|msdasql|sqloledb)'\W{0,8}$/, 'a name of SQL Server'],
  [/^\W{0,8}(?:table_name|table_schema|column_name|schema_name)\W{1,8}$/, 'a column of the catalogue'],
  [
    /\bselect\s{1,8}(?:top\s{1,4}\d{1,6}|distinct|all|count\s?\(|max\s?\(|min\s?\(|length\s?\(|concat|\*)[^;]{0,160}\bfrom\b/,
    'select … from',
    'select',
  ],
]

export function judgeFragment(lower: string): Verdict | null {
  if (lower.length > MAX_FRAGMENT || SOURCE.test(lower)) return null
  for (const [form, what, needs] of FRAGMENTS) {
    if (needs !== undefined && !lower.includes(needs)) continue
    const found = form.exec(lower)
    if (found === null) continue
    const why = `A part of a statement (${what}) stands in a value that is made for neither queries nor text.`
    return verdict('sqli.fragment', found.index + found[0].length, why)
  }
  return null
}

/** Values that are a probe of the database as a whole: a name of its catalogue, or one call that asks who and where. */
import { tokens } from './lexer.ts'
import { type Verdict, verdict } from './verdict.ts'
import { FUNCTIONS, isCatalogue, QUESTIONS } from './words.ts'

/** Variables of servers that are asked for. */
const VARIABLE =
  /^@@(?:(?:global|session)\.)?(?:version\w*|hostname|datadir|basedir|tmpdir|plugin_dir|servername|language|spid|secure_file_priv|port|socket|character_set\w*|user\w*|identity|rowcount)$/

/** Numbers that make readers of decimals in old versions of Java and PHP run for ever (CVE-2010-4476, CVE-2010-4645). */
const FLOAT = /^[+-]?(?:2\.225073858507201[12]\d{0,16}e-0{0,4}308|0\.0{1,16}2225073858507201[12]e-0{0,4}\d{3})$/

/** Longest value that can be a probe. Codes of places (OR 97201) have five digits. */
const MAX_PROBE = 128

export function judgeWhole(lower: string): Verdict | null {
  if (lower.length > MAX_PROBE) return null
  const [name, open, third, fourth, fifth, sixth, seventh] = tokens(lower, 0, 7)
  if (name?.kind === 'number' && FLOAT.test(lower.trim())) {
    const why = 'Readers of decimals in old versions of Java and PHP run for ever on this number.'
    return verdict('sqli.float', name.end, why)
  }
  if (name?.kind === 'variable' && open?.kind === 'end' && VARIABLE.test(name.text)) {
    return verdict('sqli.catalogue', name.end, 'The value is a variable of a database server.')
  }
  if (name?.kind === '(' && open?.text === 'select' && third?.kind === 'word' && fourth?.text === 'from') {
    const ends = sixth?.kind === ')' && (seventh?.kind === 'end' || seventh?.kind === 'comment')
    if (fifth?.kind === 'word' && ends) {
      return verdict(
        'sqli.subselect',
        sixth.end,
        'The value is a select in parentheses, which stands in the place of a value.',
      )
    }
  }
  if ((name?.text === 'or' || name?.text === 'xor') && /^x?or\s{1,8}-?\d{1,4}\s?-?$/.test(lower.trim())) {
    return verdict(
      'sqli.condition',
      open!.end,
      'The value is a boolean operator with a number, for a place after a number.',
    )
  }
  const first = name?.text === '>' || name?.kind === ';' ? open : name
  const second = first === name ? open : third
  const afterwards = first === name ? third : fourth
  if (first?.text === 'set' && second?.kind === 'variable' && /^(?:|=|:=)$/.test(afterwards?.text ?? '')) {
    return verdict('sqli.stacked', second.end, 'The value is a statement that sets a variable.')
  }
  if (first?.text === 'declare' && second?.kind === 'variable' && afterwards?.kind === 'word') {
    return verdict('sqli.stacked', second.end, 'The value is a statement that declares a variable.')
  }
  if (name?.kind !== 'word' || open === undefined) return null
  if (open.kind === 'end' && isCatalogue(name.text)) {
    return verdict('sqli.catalogue', name.end, 'The value is a name of the catalogue of a database.')
  }
  if (
    open.kind === '(' &&
    QUESTIONS.has(name.text) &&
    (third?.kind === 'end' || (third?.kind === ')' && fourth?.kind === 'end'))
  ) {
    return {
      rule: 'sqli.function',
      end: open.end,
      why: `The value is a call of ${name.text}(), which tells about the database.`,
    }
  }
  if (
    open.kind === '(' &&
    FUNCTIONS.has(name.text) &&
    /\b(?:user|version|database|current_user|db_name)\(\s?\)/.test(lower.slice(open.end))
  ) {
    return verdict(
      'sqli.function',
      open.end,
      `The value is a call of ${name.text}() with what tells about the database.`,
    )
  }
  if (open.kind === '(' && FUNCTIONS.has(name.text) && third?.kind === 'number' && third.text.startsWith('0x')) {
    const why = `The value is a call of ${name.text}() with a string in hexadecimal.`
    return { rule: 'sqli.function', end: third.end, why }
  }
  if (
    name.text === 'drop' &&
    lower.length < MAX_PROBE &&
    /^drop\s?(?:\/\*|(?:\w+\s){0,2}\w+\s?;\s?(?:--|#|$))/.test(lower.trim())
  ) {
    return verdict('sqli.stacked', open.end, 'The value is a statement that drops a table.')
  }
  return null
}

/** Values that are a probe of the database as a whole: a name of its catalogue, or one call that asks who and where. */
import { tokens } from './lexer.ts'
import type { Verdict } from './tail.ts'
import { FUNCTIONS, isCatalogue } from './words.ts'

const QUESTIONS: ReadonlySet<string> = new Set([
  'database',
  'db_name',
  'version',
  'user',
  'current_user',
  'session_user',
  'system_user',
  'schema_name',
  'user_name',
  'sqlite_version',
  'suser_name',
])

/** Longest value that can be a probe. */
const MAX_PROBE = 128

export function judgeWhole(lower: string): Verdict | null {
  if (lower.length > MAX_PROBE) return null
  const [name, open, third, fourth] = tokens(lower, 0, 4)
  if (name?.kind !== 'word' || open === undefined) return null
  if (open.kind === 'end' && name.text !== 'dual' && isCatalogue(name.text)) {
    return { rule: 'sqli.catalogue', end: name.end, why: 'The value is a name of the catalogue of a database.' }
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
  if (open.kind === '(' && FUNCTIONS.has(name.text) && third?.kind === 'number' && third.text.startsWith('0x')) {
    const why = `The value is a call of ${name.text}() with a string in hexadecimal.`
    return { rule: 'sqli.function', end: third.end, why }
  }
  if (
    name.text === 'drop' &&
    lower.length < MAX_PROBE &&
    /^drop\s?(?:\/\*|(?:\w+\s){0,2}\w+\s?;\s?(?:--|#|$))/.test(lower.trim())
  ) {
    return { rule: 'sqli.stacked', end: open.end, why: 'The value is a statement that drops a table.' }
  }
  return null
}

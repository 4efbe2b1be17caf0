/** Parts of statements that have no other use than in a database: full-text search, loading files, changing character sets. */
import { type Token, tokens } from './lexer.ts'
import { previousInk } from './scan.ts'
import { type Verdict, verdict } from './verdict.ts'

/** MATCH (a, b) AGAINST ('x') */
export function against(lower: string, token: Token): Verdict | null {
  const [open, operand] = tokens(lower, token.end, 2)
  if (open?.kind !== '(' || operand === undefined) return null
  const at = previousInk(lower, token.start)
  const columns = lower[at] === ')' && /\bmatch\s{0,4}\([^()]{1,160}$/.test(lower.slice(Math.max(0, at - 180), at))
  return columns ? verdict('sqli.function', operand.end, 'A full-text search of MySQL is added.') : null
}

/** LOAD DATA [LOCAL] INFILE 'x' */
export function infile(lower: string, token: Token): Verdict | null {
  const [file] = tokens(lower, token.end, 1)
  if (file?.kind !== 'string' && file?.kind !== 'open-string') return null
  if (
    !/\bload\s{1,8}data\s{1,8}(?:local\s{1,8}|low_priority\s{1,8}|concurrent\s{1,8}){0,2}$/.test(
      lower.slice(Math.max(0, token.start - 60), token.start),
    )
  ) {
    return null
  }
  return verdict('sqli.file', file.end, 'A file is loaded into a table.')
}

/** ALTER TABLE x … CHARACTER SET y: quotes that are escaped in one character set are none in another. */
export function alterCharset(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, 10)
  const kind = list[0]?.text
  if (kind !== 'table' && kind !== 'database' && kind !== 'schema') return null
  const i = list.findIndex(({ text }) => text === 'charset' || text === 'character' || text === 'char')
  if (i < 1) return null
  const set = list[i]!.text === 'charset' ? i : i + 1
  const name = list[set + 1]
  if ((set !== i && list[set]?.text !== 'set') || name === undefined || name.kind === 'end') return null
  return verdict('sqli.stacked', name.end, 'The character set of a table is changed.')
}

/** CREATE FUNCTION x RETURNS type [SONAME …] */
export function createFunction(lower: string, token: Token): Verdict | null {
  if (
    !/\bcreate\s{1,8}(?:aggregate\s{1,8}|or\s{1,8}replace\s{1,8})?$/.test(
      lower.slice(Math.max(0, token.start - 40), token.start),
    )
  )
    return null
  const list = tokens(lower, token.end, 12)
  const i = list.findIndex(({ text }) => text === 'returns')
  if (i < 1 || list[i + 1]?.kind !== 'word') return null
  return verdict('sqli.stacked', list[i + 1]!.end, 'A function is added to the database.')
}

/** PRINT @@version */
export function printVariable(lower: string, token: Token): Verdict | null {
  const [name] = tokens(lower, token.end, 1)
  if (name?.kind !== 'variable' || !name.text.startsWith('@@')) return null
  return verdict('sqli.constant-select', name.end, 'A variable of the server is printed.')
}

/** Calls that only attackers and administrators make: waiting, files, the catalogue, stored procedures. */

import { isCatalogue } from './catalogues.ts'
import { GEOMETRIES, isStrong } from './database_functions.ts'
import { type Token, tokenAt, tokens } from './lexer.ts'
import { previousInk } from './scan.ts'
import { type Verdict, verdict } from './verdict.ts'

/** sleep(5) in the place of a value: after an operator, a quote, a parenthesis or a key word, not `time.sleep(5)`. */
export function sleep(lower: string, token: Token): Verdict | null {
  const [open, delay] = tokens(lower, token.end, 2)
  if (open?.kind !== '(' || delay === undefined || (delay.kind !== 'number' && delay.kind !== '(')) return null
  const at = previousInk(lower, token.start)
  const before = lower.slice(Math.max(0, at - 6), at + 1)
  const placed =
    at < 0
      ? delay.kind === 'number' && delay.text.length <= 3 // milliseconds are of other languages
      : /[-'"(,;=+|&*^/%!`]$|\b(?:and|or|xor|select|by|then|else|when|not|having|where)$/.test(before)
  if (!placed) return null
  return verdict('sqli.time', delay.end, 'The database is made to wait, which answers a question by time.')
}

export function waitfor(lower: string, token: Token): Verdict | null {
  const [unit, delay] = tokens(lower, token.end, 2)
  if ((unit?.text !== 'delay' && unit?.text !== 'time') || delay === undefined) return null
  if (delay.kind === 'word' || delay.kind === 'end') return null
  return verdict('sqli.time', delay.end, 'SQL Server is made to wait, which answers a question by time.')
}

export function strongFunction(lower: string, token: Token): Verdict | null {
  if (GEOMETRIES.has(token.text)) return geometry(lower, token)
  if (!isStrong(token.text)) return null
  const open = tokenAt(lower, token.end)
  const bare = token.text.startsWith('xp_') || token.text.startsWith('sp_')
  if (open.kind !== '(' && !bare) return null
  if (token.text === 'load_file' && isNamed(lower, open.end)) return null
  if (token.text === 'benchmark') {
    const first = tokenAt(lower, open.end)
    const second = tokenAt(lower, first.end)
    const called =
      (first.kind === 'number' && second.kind === ',' && tokenAt(lower, second.end).kind !== 'number') ||
      first.kind === '('
    if (open.start !== token.end || !called) return null
  }
  return verdict('sqli.function', open.end, `${token.text}() is a function for attacks and administrators.`)
}

/** `load_file(path)`: a function of a program, with a variable. */
function isNamed(lower: string, at: number): boolean {
  const [argument, next] = tokens(lower, at, 2)
  return argument?.kind === 'word' && next?.kind !== '('
}

/** polygon((select … */
function geometry(lower: string, token: Token): Verdict | null {
  const list = tokens(lower, token.end, 6)
  const first = list.findIndex(({ kind }) => kind !== '(')
  if (first < 1 || list[first]?.text !== 'select') return null
  return verdict('sqli.function', list[first]!.end, `${token.text}() of a select tells in an error what it gave.`)
}

export function catalogue(lower: string, token: Token): Verdict | null {
  const table = tokenAt(lower, token.end)
  if (table.kind !== 'word' || !isCatalogue(table.text)) return null
  return verdict('sqli.catalogue', table.end, `The tables of the database itself (${table.text}) are read.`)
}

export function outfile(lower: string, token: Token): Verdict | null {
  const [word, name] = tokens(lower, token.end, 2)
  if (
    (word?.text !== 'outfile' && word?.text !== 'dumpfile') ||
    (name?.kind !== 'string' && name?.kind !== 'open-string')
  )
    return null
  return verdict('sqli.file', name.end, 'The result is written to a file of the server.')
}

export function execute(lower: string, token: Token): Verdict | null {
  const [name] = tokens(lower, token.end, 1)
  if (name === undefined || !/^(?:master\.+(?:dbo\.)?)?(?:xp_|sp_)\w+|^immediate$/.test(name.text)) return null
  return verdict('sqli.function', name.end, `The stored procedure ${name.text} is executed.`)
}

export function analyse(lower: string, token: Token): Verdict | null {
  const [name, open] = tokens(lower, token.end, 2)
  if ((name?.text !== 'analyse' && name?.text !== 'analyze') || open?.kind !== '(') return null
  return verdict('sqli.function', open.end, 'procedure analyse() reads the names of columns.')
}

import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { findAnywhere } from './anywhere.ts'
import { closingQuote, tokenAt } from './lexer.ts'
import { type Break, judgeTail, type Verdict } from './tail.ts'

/** Quotes that end a string or a name, and those that lossy character set conversions turn into them. */
const QUOTES = `'"\`\u2018\u2019\u02bc`

/** SQL that leaves the place of a value: judged by tokens, as the statement would read it. */
export default {
  id: 'sqli',
  attack: 'sqli',
  literals: [
    "' ",
    '" ',
    '` ',
    "')",
    '")',
    '`)',
    "';",
    '";',
    "'--",
    '"--',
    '`--',
    "'#",
    '"#',
    "'/*",
    '"/*',
    "'|",
    '"|',
    "'&",
    '"&',
    "'=",
    "'<",
    "'>",
    "'^",
    '"^',
    "'*",
    '"*',
    "'/",
    "'%",
    "'-",
    "'~",
    "'!",
    '||',
    '&&',
    ')--',
    ')#',
    '/*!',
    '/**/',
    '.e(',
    '@@',
    '::json',
    '@>',
    '<@',
    'pg_',
    'xp_',
    'sp_',
    'dbms_',
    'utl_',
    'extractvalue',
    'updatexml',
    'xmltype',
    'load_',
    'lo_',
    'benchmark',
    'randomblob',
    'zeroblob',
    'gtid_sub',
    'name_const',
    'openrowset',
    'opendatasource',
    'information_schema',
    'case when',
    ';update',
    '; update',
    ';delete',
    '; delete',
    ';create',
    '; create',
    ';set',
    '; set',
    ';if',
    '; if',
    'sys_e',
  ],
  words: [
    'or',
    'and',
    'xor',
    'union',
    'select',
    'having',
    'by',
    'sleep',
    'waitfor',
    'insert',
    'drop',
    'alter',
    'truncate',
    'exec',
    'execute',
    'declare',
    'shutdown',
    'outfile',
    'dumpfile',
    'procedure',
    'grant',
    'as',
    'if',
    'from',
    'case',
    'prepare',
  ],
  inspect({ text }, lower, _exchange, report) {
    const rules = new Set<string>()
    const say = (start: number, { rule, why, end }: Verdict) => {
      if (rules.has(rule)) return
      rules.add(rule)
      const evidence = text.slice(Math.max(0, start - 16), Math.min(end + 64, start + 240))
      report({ rule, severity: SEVERITY.get(rule) ?? 'high', evidence, why })
    }
    for (const place of breaksOf(lower)) {
      const verdict = judgeTail(lower, place)
      if (verdict !== null) say(Math.max(0, place.at - 1), verdict)
    }
    findAnywhere(lower, sighting => say(sighting.start, sighting))
  },
} satisfies DetectorSpec

const SEVERITY: ReadonlyMap<string, Finding['severity']> = new Map([
  ['sqli.union-select', 'critical'],
  ['sqli.stacked', 'critical'],
  ['sqli.file', 'critical'],
  ['sqli.comment', 'medium'],
  ['sqli.clause', 'medium'],
])

/** The places where a value inside a statement could end: after the value as it is, and after the first quote of each kind. */
function breaksOf(lower: string): readonly Break[] {
  const breaks: Break[] = []
  const first = tokenAt(lower, 0)
  const whole = { quote: '', escaped: false }
  if (first.kind === 'number' || first.kind === 'variable') breaks.push({ ...whole, at: first.end, before: 'number' })
  else if (first.kind === 'word') breaks.push({ ...whole, at: first.end, before: 'word' })
  else if (first.kind === 'string') breaks.push({ at: first.end, before: 'text', quote: first.text, escaped: false })
  if (first.kind === 'operator' && first.text === '-') {
    const number = tokenAt(lower, first.end)
    if (number.kind === 'number') breaks.push({ ...whole, at: number.end, before: 'number' })
  }
  breaks.push({ ...whole, at: 0, before: 'nothing' })
  for (const quote of QUOTES) {
    const at = lower.indexOf(quote)
    if (at < 0) continue
    const inside = closingQuote(lower, 0, quote.charCodeAt(0))
    if (inside >= 0) breaks.push(afterQuote(lower, inside, quote))
    if (inside !== at) breaks.push(afterQuote(lower, at, quote))
  }
  return breaks
}

function afterQuote(lower: string, at: number, quote: string): Break {
  const before = at === 0 ? 'nothing' : /^[\d.,\s]*$/.test(lower.slice(Math.max(0, at - 16), at)) ? 'number' : 'text'
  return { at: at + 1, quote, before, escaped: lower[at - 1] === '\\' }
}

/**
 * Whole statements. They are no injection, and interfaces that take them exist: consoles, reports, traces of databases. In a
 * place that is not made for them they are what tools of attackers try.
 */
import { Ahead } from './lexer.ts'
import { type Verdict, verdict } from './verdict.ts'

/** Values that hold statements, or texts of people, who quote them. */
const WELCOME =
  /quer|sql|statement|stmt|^q$|^s$|^jql$|expr|filter|where|command|script|code|snippet|example|text|message|msg|body|content|comment|descri|title|subject|note|markdown|html|input|prompt|answer|question|feedback|search|term|keyword|value|name$|summary|reason|bio|log|report|template|address|company|select|field|column|order|sort|group|metric|agg|measure|dimension|formula|having|join|labelselector|caption|label|review|about|quote|context|line|source|raw|data|payload|param|arg|stack|trace|event|detail|error|exception|str$|patch|diff|commit|tags?$|dt$/

/** What stands in points besides names. */
const STRUCTURE: ReadonlySet<string> = new Set(
  'array hash pollution json_doc xml multipart form_urlencoded protobuf grpc base64 percent hex htmljs jwt gzip'.split(
    ' ',
  ),
)

/** Rules that only say what every statement does. Waiting, files, the catalogue and hiding are not among them. */
const OF_STATEMENTS: ReadonlySet<string> = new Set([
  'sqli.union-select',
  'sqli.subselect',
  'sqli.case',
  'sqli.tautology',
  'sqli.condition',
  'sqli.clause',
  'sqli.expression',
  'sqli.json-operator',
  'sqli.stacked',
])

export function isWelcome(point: readonly string[]): boolean {
  if (point.at(-1) === '_name') return false
  // A body or a message as a whole: stores take statements so.
  if (point.length === 1) return point[0] !== 'uri'
  for (let i = point.length - 1; i > 0; i--) {
    const part = point[i]!
    if (!STRUCTURE.has(part) && !/^\d{1,6}$/.test(part)) return WELCOME.test(part.toLowerCase())
  }
  return false
}

/** What a statement says by itself, where statements are welcome. */
export function isOrdinary(rule: string): boolean {
  return OF_STATEMENTS.has(rule)
}

const HEAD =
  /^\s{0,16}(?:explain\s(?:analyze\s)?)?(?:select\s[\w"`[*(@'-]|with\s(?:recursive\s)?[\w"`]{1,64}(?:\s?\([^)]{0,256}\))?\sas\s?\(|insert\s(?:or\s\w{1,16}\s)?into\s["`[\w]|replace\sinto\s|update\s["`[\w.]{1,128}["`\]]?\sset\s|delete\sfrom\s["`[\w]|merge\sinto\s|create\s(?:or\sreplace\s)?(?:temp(?:orary)?\s)?(?:table|view|index|unique\sindex|function)\s|alter\stable\s|begin\s?;|declare\s\w{1,64}\scursor\b)/

/** Does the text begin as a statement does? */
export function isStatement(lower: string): boolean {
  return HEAD.test(lower.slice(0, 512))
}

/** SELECT list FROM table [clauses], or SELECT list GROUP BY …, from the first to the last token. */
export function judgeStatement(lower: string): Verdict | null {
  if (lower.length > 512 || !/^\s{0,16}select\s/.test(lower)) return null
  const list = new Ahead(lower, 0, 160)
  let i = 1
  let names = 0
  for (let token = list.at(i); token?.text !== 'from' && token?.text !== 'group'; token = list.at(++i)) {
    if (token === undefined || token.kind === 'end' || token.kind === 'other' || token.kind === ';') return null
    // Two names side by side are prose; an alias is one more.
    names = token.kind === 'word' && token.text !== 'as' ? names + 1 : 0
    if (names > 2) return null
  }
  if (i === 1) return null
  const grouped = list.at(i)?.text === 'group'
  if (grouped ? list.at(i + 1)?.text !== 'by' : list.at(i + 1)?.kind !== 'word') return null
  const after = list.at(i + 2)
  if (!grouped && after?.kind === 'word' && !CLAUSES.has(after.text)) return null
  if (!grouped && after?.kind !== 'end' && after?.kind !== 'word' && after?.kind !== ';' && after?.kind !== ',')
    return null
  return verdict('sqli.statement', list.at(i + 1)!.end, 'A whole statement stands in a value that is not made for one.')
}

const CLAUSES: ReadonlySet<string> = new Set([
  'where',
  'group',
  'order',
  'having',
  'limit',
  'offset',
  'join',
  'inner',
  'left',
  'right',
  'union',
  'into',
  'as',
  'for',
  'fetch',
])

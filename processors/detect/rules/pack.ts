/** The text of a pack made into rules and exceptions, or refused with the line and column of what is wrong. */
import { readDocument } from '#schemas/config/document.ts'
import { ConfigError, checkDocument } from '#schemas/config/load.ts'
import type { Attack, Severity } from '#schemas/records/detection.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { glob } from './glob.ts'
import { compileMatch, type Match } from './match.ts'
import { eitherOf, needleIn, type Required, requiredBy, shortestOf } from './required.ts'
import { type ExceptionSource, type PackSource, packSchema, type RuleSource, type TestSource } from './schema.ts'
import { compileWhere, type Where } from './where.ts'

/** A file with rules. `name` is what messages call it. */
export interface PackFile {
  readonly name: string
  readonly text: string
}

export interface Rule {
  readonly id: string
  /** `<pack>@<hash>` */
  readonly pack: string
  readonly attack: Attack
  readonly severity: Severity
  readonly why: string
  readonly unless: string
  readonly cwe: number | undefined
  readonly enabled: boolean
  readonly experimental: boolean
  readonly side: 'request' | 'response'
  readonly where: Where
  readonly match: Match
  /** One of these occurs in every value that it finds something in … */
  readonly needles: readonly string[]
  /** … or the value has one of these names. */
  readonly names: readonly string[]
  /** What it is tested with where a test says nothing else: something that fulfils its `where`, but for headers. */
  readonly example: Example
  readonly tests: { readonly positive: readonly TestSource[]; readonly negative: readonly TestSource[] }
}

export interface Example {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly application: number
  readonly point: readonly string[]
}

/** Reported when one of the attacks is found where it looks. */
export interface Patch extends Omit<Rule, 'match' | 'needles' | 'names' | 'tests' | 'example'> {
  readonly attacks: ReadonlySet<Attack>
}

export interface Exception {
  readonly why: string
  readonly where: Where
  /** Of the rule's id. */
  readonly rule: (id: string) => boolean
  readonly attacks: ReadonlySet<Attack> | null
  /** µs since 1970; Infinity: for ever. */
  readonly until: number
}

export interface Pack {
  readonly name: string
  /** 16 hex digits of the hash of its text. */
  readonly hash: string
  readonly rules: readonly Rule[]
  readonly patches: readonly Patch[]
  readonly exceptions: readonly Exception[]
}

const ANYTHING: Match = {
  needles: null,
  weight: 1,
  unless: 'if it were not sent there',
  holds: text => ({ at: 0, end: text.length, shows: 'it is there' }),
}

/** A pack that was read and checked, as plain data: it goes to worker threads, which need no YAML. */
export interface CheckedPack {
  readonly hash: string
  readonly pack: unknown
}

/** Throws `ConfigError`: one line per problem, `file:line:column path: message`. */
export function checkPack({ name, text }: PackFile): CheckedPack {
  const document = readDocument(text)
  const source: PackSource = checkDocument(document, name, packSchema)
  const problems = source.rules.flatMap((rule, i) => {
    if (rule.attacks !== undefined || isFindable(rule)) return []
    const path = ['rules', i, rule.match === undefined ? 'where' : 'match']
    const message =
      'it would be tried on every value: give it a text of three ASCII characters that always occurs, or points that end in a name'
    return [{ ...document.place(path, 'key'), path, message }]
  })
  if (problems.length > 0) throw new ConfigError(name, problems)
  return { hash: deterministicId(text).slice(0, 16), pack: document.value }
}

const compiled = new WeakMap<CheckedPack, Pack>()

/** The same pack for the same object: partitions of a process share it. */
export function compilePack(checked: CheckedPack): Pack {
  const known = compiled.get(checked)
  if (known !== undefined) return known
  const { hash } = checked
  const source = packSchema.parse(checked.pack)
  const pack = `${source.pack}@${hash}`
  const made = {
    name: source.pack,
    hash,
    rules: source.rules.filter(rule => rule.attacks === undefined).map(rule => compileRule(rule, pack)),
    patches: source.rules.filter(rule => rule.attacks !== undefined).map(rule => compilePatch(rule, pack)),
    exceptions: source.exceptions.map(compileException),
  }
  compiled.set(checked, made)
  return made
}

function compileRule(source: RuleSource, pack: string): Rule {
  const match = source.match === undefined ? ANYTHING : compileMatch(source.match)
  const { match: _match, where: _where, attacks: _attacks, references: _references, ...given } = source
  const needles = needlesOf(source, match)
  const names = namesOf(source)
  // Whichever is rarer: a long name tells more than a short text.
  const byName = needles === null || (names.length > 0 && shortestOf(names) > shortestOf(needles))
  return {
    ...given,
    pack,
    cwe: source.cwe,
    unless: source.unless ?? `It would be harmless ${match.unless}.`,
    where: compileWhere(isPathRule(source) ? { ...source.where, points: [['uri']] } : source.where),
    match,
    needles: byName ? [] : needles!,
    names: byName ? names : [],
    example: exampleOf(source),
  }
}

function compilePatch(source: RuleSource, pack: string): Patch {
  const { id, attack, severity, why, cwe, enabled, experimental, side } = source
  const unless = source.unless ?? 'It would be harmless if the value were no attack.'
  const where = compileWhere(source.where)
  const attacks = new Set(source.attacks)
  return { id, pack, attack, severity, why, unless, cwe, enabled, experimental, side, where, attacks }
}

function compileException({ why, rules, attacks, where, until }: ExceptionSource): Exception {
  const ids = rules?.map(rule => glob(rule, '.'))
  return {
    why,
    where: compileWhere(where),
    rule: id => ids === undefined || ids.some(matches => matches(id)),
    attacks: attacks === undefined ? null : new Set(attacks),
    until: until === undefined ? Number.POSITIVE_INFINITY : dayOf(until),
  }
}

/** Without a match and points, a rule is about the path: it looks at the path as a value. */
function isPathRule({ match, where }: RuleSource): boolean {
  return match === undefined && where?.points === undefined
}

function isFindable(source: RuleSource): boolean {
  const match = source.match === undefined ? ANYTHING : compileMatch(source.match)
  return needlesOf(source, match) !== null || namesOf(source).length > 0
}

function needlesOf(source: RuleSource, match: Match): Required {
  if (!isPathRule(source)) return match.needles
  return (
    (source.where?.paths ?? [])
      .map(path => (path.startsWith('~ ') ? requiredBy(path.slice(2)) : longestPiece(path)))
      .reduce<Required | undefined>((all, one) => (all === undefined ? one : eitherOf(all, one)), undefined) ?? null
  )
}

function longestPiece(path: string): Required {
  return needleIn(path.split('*').reduce((best, piece) => (piece.length > best.length ? piece : best), ''))
}

/** The last elements of its points, if all of them are names. */
function namesOf({ where }: RuleSource): readonly string[] {
  const names = (where?.points ?? []).map(point => point.at(-1)!.toLowerCase())
  return names.some(name => name.startsWith('*') || name.length < 2 || !/^[ -+\--~]+$/.test(name) || name.includes('+'))
    ? []
    : names
}

function exampleOf(source: RuleSource): Example {
  const { methods, hosts, paths, applications, points } = source.where ?? {}
  const plain = (pattern: string): string => pattern.replaceAll('**', 'x/y').replaceAll('*', 'x')
  const point = (points?.[0] ?? ['query', 'value']).flatMap(part =>
    part === '**' ? [] : part === '*' ? ['x'] : [part],
  )
  return {
    method: methods?.[0] ?? 'GET',
    host: plain(hosts?.[0] ?? 'shop.example'),
    path: plain(paths?.find(path => !path.startsWith('~ ')) ?? '/'),
    application: applications?.[0] ?? -1,
    point: isPathRule(source) ? ['uri'] : point,
  }
}

/** µs since 1970 at the start of `YYYY-MM-DD` (UTC), by the calendar: a processor has no clock to ask. */
function dayOf(date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const days = era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
  return days * 86_400_000_000
}

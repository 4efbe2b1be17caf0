import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { itemsOfWhole, MAX_VALUE, openingAt, skipBlanks } from './filter.ts'

/** Names of values that are filters by themselves: of directories, and of interfaces that search. */
const FILTER_NAMES = /filter|query|search|ldap|^q$|^fq$/

/** What only directories have; a filter of other languages in parentheses does not ask for it. */
const DIRECTORY_ATTRIBUTES = [
  'objectclass',
  'objectcategory',
  'objectguid',
  'objectsid',
  'useraccountcontrol',
  'userpassword',
  'samaccountname',
  'memberof',
  'distinguishedname',
  'userprincipalname',
  'primarygroupid',
  'admincount',
  'serviceprincipalname',
  'pwdlastset',
  'uidnumber',
  'gidnumber',
  'homedirectory',
  'unicodepwd',
] as const

/** `(attribute`, or `(attribute:1.2.840.113556.1.4.803:=`: a matching rule by its number. */
const DIRECTORY_ITEM = new RegExp(`\\((?:(?:${DIRECTORY_ATTRIBUTES.join('|')})[:~<>]?=|\\w{1,40}:[\\d.]{5,60}:=)`)

/** Values that leave their place in a search filter of a directory (RFC 4515). */
export default {
  id: 'ldapi',
  attack: 'ldapi',
  literals: [
    ...[')(', ') (', ')!(', ')) !(', ')(!', '(|', '(&', '(!(', '( |', '( &', '*)', '*(', ':='],
    ...DIRECTORY_ATTRIBUTES.map(attribute => `(${attribute}`),
  ],
  words: [],
  inspect({ text, point }, lower, _exchange, report) {
    const found = breakOut(lower) ?? wholeFilter(lower, point.at(-1) ?? '')
    if (found === null) return
    const { start, end, ...rest } = found
    report({ ...rest, at: start, evidence: text.slice(start, Math.max(end, start + 1) + 64) })
  },
} satisfies DetectorSpec

type Sighting = Pick<Finding, 'rule' | 'severity' | 'why' | 'shows' | 'unless'> & {
  readonly start: number
  readonly end: number
}

const UNLESS = 'Without the parenthesis that closes what the value did not open, or with it written as \\29.'

/**
 *     Value ── ")" that closes nothing ──► Closed ── ")" ──► Closed ── "(" filter, NUL, "!(" ──► out of its place
 *       └──── "*" then "(|(", "(&(" ───────────────────────────────────────────────────────────► the same
 */
function breakOut(lower: string): Sighting | null {
  let depth = 0
  const most = Math.min(lower.length, MAX_VALUE)
  for (let at = 0; at < most; at++) {
    const char = lower[at]
    if (char === '(') {
      const opening = at <= 1 || /[\w*]/.test(lower[at - 1]!) ? composedFilter(lower, at) : null
      if (opening !== null) return opening
      depth++
    } else if (char === ')' && --depth < 0) {
      return isValueEnd(lower, at) ? afterClosing(lower, at) : null
    }
  }
  return null
}

/** Letters, digits, a star or nothing stand before the parenthesis: `})(` is code and `:)(` a smile. */
function isValueEnd(lower: string, at: number): boolean {
  return at === 0 || /[\w*\u00a0-\uffff]/.test(lower[at - 1]!)
}

function afterClosing(lower: string, start: number): Sighting | null {
  const wild = lower[start - 1] === '*'
  let at = start
  while (lower[at] === ')') at = skipBlanks(lower, at + 1)
  if (lower.charCodeAt(at) === 0 && wild) {
    const why = 'The value closes the search filter, and a null byte cuts off the rest of it.'
    return { rule: 'ldapi.null-byte', severity: 'high', start, end: at + 1, why, shows: ') NUL', unless: UNLESS }
  }
  // `b) (default=on)` counts something up.
  if (!wild && at > start && lower[at - 1] !== ')') return null
  if (lower.startsWith('((', at)) at++
  const inverted = lower[at] === '!' && lower[at + 1] === '('
  const opening = openingAt(lower, inverted ? at + 1 : at)
  if (opening === null) return null
  return {
    rule: 'ldapi.filter-break',
    severity: 'high',
    start,
    end: opening.end,
    why: 'The value closes its item of a search filter and opens another filter, which changes whom the search finds.',
    shows: `) ${inverted ? '! ' : ''}${opening.shows}`,
    unless: UNLESS,
  }
}

/** `*(|(mail=*))`, `admin(&(uid=x`: a filter within an assertion. */
function composedFilter(lower: string, start: number): Sighting | null {
  if (start === 0) return null
  const outer = openingAt(lower, start)
  const inner = outer?.composed ? openingAt(lower, outer.end) : null
  if (inner === null) return null
  return {
    rule: 'ldapi.filter-break',
    severity: 'high',
    start,
    end: inner.end,
    why: 'A value of a search filter goes on with a filter of its own.',
    shows: `${outer!.shows} ${inner.shows}`,
    unless: 'Without parentheses, or with them written as \\28 and \\29.',
  }
}

/** A filter over attributes that only directories have, in a place that is not called a filter. */
function wholeFilter(lower: string, name: string): Sighting | null {
  if (lower.length > 4 * MAX_VALUE || FILTER_NAMES.test(name.toLowerCase())) return null
  if (!DIRECTORY_ITEM.test(lower) || itemsOfWhole(lower) === 0) return null
  return {
    rule: 'ldapi.filter',
    severity: 'medium',
    start: 0,
    end: lower.length,
    why: 'The value is a whole search filter over attributes of a directory, in a place that is not named for one.',
    shows: 'filter',
    unless: 'In a value that is named for filters or searches.',
  }
}

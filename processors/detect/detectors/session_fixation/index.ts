import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { nameOf } from '../../text/place.ts'
import { COMMON, FAMILY, LOOSE, OWN } from './names.ts'
import { refererOf } from './referer.ts'
import { cookieScript } from './script.ts'
import { ENDINGS, type Kind, kindOfName } from './structure.ts'

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...OWN.map(name => [name, 'own'] as const),
  ...COMMON.map(name => [name, 'common'] as const),
  ...LOOSE.map(name => [name, 'loose'] as const),
])

/** What stands before the name of a parameter, and before a cookie that a script sets. */
const BEFORE = ['?', '&', '"', "'", '`', ';']

/** Session ids that others chose: handed over in a link or form of another site, or set by script in a value. */
export default {
  id: 'session_fixation',
  attack: 'session_fixation',
  literals: [
    ...[...new Set([...OWN, ...COMMON, ...ENDINGS])].flatMap(name =>
      // Names that applications of Node.js give their cookies stand in every request of those, behind a blank or at its beginning.
      name.endsWith('.sid') ? BEFORE.map(before => `${before}${name}=`) : [`${name}=`],
    ),
    ...OWN.map(name => `${name}"`),
    ...LOOSE.flatMap(name => [`?${name}=`, `&${name}=`]),
    ';jsessionid=',
    'aspsessionid',
    '.cookie',
    '"cookie"]',
    "'cookie']",
    '`cookie`]',
    'http-equiv',
  ],
  words: [],
  // Names that no list has are judged where they stand as values.
  names: [...KINDS.keys(), '_name'],
  quietNames: true,
  inspect({ point, text }, lower, exchange, report) {
    const script = cookieScript(lower)
    if (script !== null) {
      return report({
        rule: 'session_fixation.set-cookie',
        severity: 'high',
        evidence: text.slice(script.at),
        at: script.at,
        why: 'The value sets a cookie from script or markup, which plants a session id that the sender knows.',
        shows: script.shows,
        unless: 'It would be harmless inside of a longer text, or if it did not set a cookie.',
      })
    }
    const found = idOf(point, text, lower)
    if (found === null) return
    const finding = judge(found, exchange)
    if (finding !== null) report({ ...finding, evidence: text.slice(found.at), at: found.at, shows: found.name })
  },
} satisfies DetectorSpec

interface SessionId {
  readonly name: string
  readonly kind: Kind
  readonly at: number
  /** Long and random. */
  readonly isToken: boolean
}

/** The session id that a value is, by its name, or that a path segment carries (`login;jsessionid=…`). Those in cookies are where they belong. */
function idOf(point: readonly string[], text: string, lower: string): SessionId | null {
  if (point[0] === 'path' || point[0] === 'action_name') {
    const at = lower.indexOf(';jsessionid=')
    return at < 0 || lower.length - at < 18 ? null : { name: 'jsessionid', kind: 'own', at: at + 1, isToken: true }
  }
  if (point[0] !== 'query' && point[0] !== 'post') return null
  // In documents names of telemetry and of APIs are at home.
  const isForm = point[0] === 'query' || point[1] === 'form_urlencoded' || point[1] === 'multipart'
  if (point.at(-1) === '_name') return isForm ? namedId(text, lower) : null
  const name = nameOf(point)
  const kind = KINDS.get(name)
  if (kind === undefined || (kind !== 'own' && !isForm)) return null
  // Checkout sessions of payment providers come back to the shop in this parameter, from the provider's site.
  return text.length < (kind === 'own' ? 2 : 4) || /^(?:cs|ps|ppi|in)_(?:live|test)_/.test(text)
    ? null
    : { name, kind, at: 0, isToken: TOKEN.test(text) }
}

/** By a name that no list has. */
function namedId(text: string, lower: string): SessionId | null {
  if (FAMILY.test(lower)) return { name: text, kind: 'own', at: 0, isToken: true }
  const kind = KINDS.has(lower) ? null : kindOfName(lower)
  return kind === null ? null : { name: text, kind, at: 0, isToken: false }
}

function judge(
  { name, kind, isToken }: SessionId,
  exchange: Exchange,
): Pick<Finding, 'rule' | 'severity' | 'why' | 'unless'> | null {
  const isOwn = kind === 'own'
  if (kind === 'loose' && !isToken && !ACCOUNT.test(exchange.request.path)) return null
  const referer = refererOf(exchange)
  // Hosts of one owner hand sessions on, but not to where one begins.
  if (referer === 'same' || (referer === 'sibling' && !LOGIN.test(exchange.request.path))) return null
  if (!isOwn && isFetched(exchange)) return null
  if (referer === 'none') {
    if (kind === 'loose' || (!isOwn && !LOGIN.test(exchange.request.path))) return null
    if (exchange.request.method !== 'GET' || /^\/(?:api|v\d+)\//.test(exchange.request.path)) return null
    return {
      rule: 'session_fixation.no-referer',
      severity: 'low',
      why: `The link carries a session id as "${name}" and was not followed from a page of this site.`,
      unless: 'It would be harmless in a cookie, or followed from a page of the same site.',
    }
  }
  return {
    rule: 'session_fixation.foreign-referer',
    severity: isOwn ? 'high' : 'medium',
    why: `A page of another host sent the browser here with a session id as "${name}" that it knows.`,
    unless: 'It would be harmless in a cookie, or followed from a page of the same site.',
  }
}

/** Hexadecimal digits, or both cases and digits: no words. */
const TOKEN =
  /^(?:[0-9a-fA-F]{16,256}|(?=[^\d]{0,256}\d)(?=[^a-z]{0,256}[a-z])(?=[^A-Z]{0,256}[A-Z])[\w.%:+/=-]{16,256})$/

/** Where a session becomes somebody's. */
const LOGIN = /\/(?:log[-_]?in|sign[-_]?in|logon)(?:\.\w{1,5})?\/?$/i

/** Where people prove who they are: there a session is one of theirs. */
const ACCOUNT =
  /\/(?:log[-_]?in|sign[-_]?in|logon|auth|authenticate|sso|oauth2?|session|sessions|account|portal|admin|dashboard)(?:[./]|$)/i

/** Asked for by a script or as a picture, not by following a link: a call to a service that other sites embed. */
function isFetched({ request }: Exchange): boolean {
  return request.headers.some(([name, value]) => {
    switch (name.toLowerCase()) {
      case 'origin':
      case 'authorization':
      case 'x-requested-with':
        return true
      case 'sec-fetch-mode':
        return value !== 'navigate'
      case 'accept':
        return /^(?:application\/(?!xml|xhtml)|image\/)/.test(value)
      default:
        return false
    }
  })
}

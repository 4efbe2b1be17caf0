import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { fieldOf, kindOf } from '../../text/field.ts'
import { mannerOf } from '../../text/manner.ts'
import { urlOf } from '../../text/url.ts'
import { callsHome } from './hosts.ts'
import { judgeHost, judgeScheme, type Verdict } from './judge.ts'
import { LITERALS } from './needles.ts'
import { isOrdinary, isOwnHeader } from './places.ts'
import { urlsWithin, wrapped } from './within.ts'

/** URLs inside of longer values are not looked for: those are listings or prose. */
const LONGEST = 2048

const NAMES_HOME = {
  rule: 'ssrf.calls-home',
  severity: 'high',
  why: 'The value names a host of a service by which probes see that a server fetched something.',
  unless: 'The host is one that the application knows.',
} as const

const PROXIED = {
  rule: 'ssrf.unix-proxy',
  severity: 'high',
  why: 'A URL that begins with a long unix: socket makes an Apache proxy forward the request to the URL after the bar.',
  shows: 'unix: … | URL',
  unless: 'The value names no socket.',
} as const

const INLINE = {
  rule: 'ssrf.data-url',
  severity: 'low',
  why: 'A data: URL with plain text stands where a server fetches URLs, so the client says what is fetched.',
  shows: 'data:text/plain',
  unless: 'The value is not data:text/plain, or is an uploaded file.',
} as const

/** URLs that make the server ask what its clients cannot reach. */
export default {
  id: 'ssrf',
  attack: 'ssrf',
  literals: LITERALS,
  words: [],
  inspect({ point, text }, lower, exchange, report) {
    if (isOwnHeader(point)) return
    const rules = new Set<string>()
    const say = (verdict: Omit<Finding, 'evidence'>, at: number, length: number) => {
      if (rules.has(verdict.rule)) return
      rules.add(verdict.rule)
      const { rule, severity, why, shows = '', unless = '' } = verdict
      report({ rule, severity, why, unless, at, shows: shows.slice(0, 256), evidence: text.slice(at, at + length) })
    }
    const judge = (verdict: Verdict | null, at: number) => {
      if (verdict !== null) say(verdict, at, 200)
    }
    const proxied = proxiedAt(lower)
    if (proxied >= 0) say(PROXIED, proxied, 200)
    const start = wrapped(lower)
    const url = urlOf(text.slice(start))
    if (url !== null) {
      const verdict = judgeHost(url)
      if (verdict?.ordinary !== true || (isAlone(text, start) && !isOrdinary(point, exchange))) judge(verdict, start)
    } else if (isBareHost(lower)) {
      const bare = urlOf(`http://${text}`)
      const verdict = bare === null ? null : judgeHost(bare)
      if (verdict?.rule === 'ssrf.metadata') judge(verdict, 0)
    }
    if (isSchemeOfInterest(point, lower, start)) judge(judgeScheme(schemeOf(lower, start)), start)
    if (lower.startsWith('data:text/plain') && isInline(point, lower)) say(INLINE, 0, 200)
    if (text.length > LONGEST || mannerOf(text) !== 'terse') return
    for (const within of urlsWithin(text, lower)) {
      const verdict = judgeHost(within.url)
      if (verdict?.ordinary !== true || point[0] === 'uri') judge(verdict, within.at)
    }
    const home = callsHome(lower)
    if (home !== null) say({ ...NAMES_HOME, shows: `host ${home.host}` }, home.at, home.host.length)
  },
} satisfies DetectorSpec

/** Index of `unix:…|http:`, as Apache's mod_proxy reads it; -1 when there is none. */
function proxiedAt(lower: string): number {
  const at = lower.indexOf('unix:')
  if (at < 0 || (at > 0 && !'=&?/'.includes(lower[at - 1]!))) return -1
  const bar = lower.indexOf('|', at)
  return bar > 0 && /^\|[a-z]{2,8}:/.test(lower.slice(bar, bar + 10)) && !/\s/.test(lower.slice(at, at + 64)) ? at : -1
}

/** A metadata service without scheme, with a path or nothing behind it. */
function isBareHost(lower: string): boolean {
  return /^(?:169\.254\.|100\.100\.100\.200|192\.0\.0\.192|168\.63\.129\.16|metadata\.|instance-data\.|kubernetes\.default)[\w.-]{0,64}(?::\d{1,5})?(?:\/\S*)?$/.test(
    lower.slice(0, 512),
  )
}

/** Is the value the URL and nothing else? */
function isAlone(text: string, start: number): boolean {
  return text.length <= 2048 && !/\s/.test(text.slice(start).trim())
}

function schemeOf(lower: string, start: number): string {
  return /^[a-z]{2,8}(?=:)/.exec(lower.slice(start, start + 9).trimStart())?.[0] ?? ''
}

/** In documents machines name files and servers of their own (stack traces, settings), unless the field is one to be fetched. */
function isSchemeOfInterest(point: readonly string[], lower: string, start: number): boolean {
  if (!/^\s{0,8}[a-z]{3,6}:\/{1,3}[\w.%\\[-]/.test(lower.slice(start, start + 32))) return false
  if (/^\s{0,8}(?:gopher|dict|netdoc|tftp):/.test(lower.slice(start, start + 16))) return true
  switch (kindOf(point)) {
    case 'document':
      // Settings name their own servers: `ldap_url`.
      if (/ldap|ftp|smb|samba/.test(fieldOf(point))) return false
      return /(?:^|_|-)(?:ur[il]|src|href|link|image|target|webhook|feed|fetch|proxy|endpoint)$/.test(fieldOf(point))
    case 'header':
    case 'text':
      return false
    default:
      return true
  }
}

/** As a name, or a short value: what is uploaded as a data: URL is longer or says its character set. */
function isInline(point: readonly string[], lower: string): boolean {
  return point.at(-1) === '_name' || lower.length <= 64 || kindOf(point) === 'query'
}

/** URLs that lead elsewhere than they seem to. */
import { addressOf, type Url } from '../../text/url.ts'
import type { Role } from './names.ts'

export interface Verdict {
  readonly rule: string
  readonly why: string
  readonly shows: string
}

/** A name with a top-level domain, and no name of a file: `/\app.js` is a mistake, `/\evil.example` is none. */
const NAME = /^(?:[\p{L}\p{N}_-]{1,63}\.){1,8}(?:[\p{L}]{2,24}|xn--[a-z0-9-]{2,59})$/u
const FILE = /\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|ico|html?|php|json|xml|txt|pdf|md|ts|woff2?|csv|zip)$/

/** An own host shorter than this tells nothing. */
const SHORTEST_OWN = 5

export function judgeUrl(url: Url, role: Role, own: string): Verdict | null {
  const { scheme, slashes, host, hostAsSent } = url
  const elsewhere = host !== own && (isName(host) || addressOf(url) !== null)
  const shows = `host ${host}`
  if (url.userinfo !== null && elsewhere && isDisguise(url.userinfo, role, own))
    return { rule: 'redir.userinfo', shows: `${shows}, user ${url.userinfo.slice(0, 80)}`, why: WHY.userinfo }
  if (hidesHost(url))
    return { rule: 'redir.other-reading', shows: `${shows}, then ${url.rest.slice(0, 80)}`, why: WHY.reading }
  if (!elsewhere) return null
  // `/\w.test/` is a regular expression.
  if (role === 'other' && /^[a-z]\./.test(host)) return null
  if (slashes.includes('\\') && (role !== 'other' || slashes.includes('/') || scheme !== null))
    return { rule: 'redir.slashes', shows: `${shows} after ${slashes}`, why: WHY.slashes }
  if (scheme === null && slashes.length > 2)
    return { rule: 'redir.slashes', shows: `${shows} after ${slashes}`, why: WHY.slashes }
  if (role === 'other') return null
  if (scheme !== null && slashes !== '//')
    return { rule: 'redir.slashes', shows: `${shows} after ${scheme}:${slashes}`, why: WHY.missing }
  if (url.gaps || isMapped(host, hostAsSent))
    return { rule: 'redir.disguised-host', shows: `${hostAsSent} is ${host}`, why: WHY.disguised }
  if (own.length >= SHORTEST_OWN && namesOwn(url, own))
    return { rule: 'redir.own-name', shows: `${shows} is not ${own}`, why: WHY.own }
  if (scheme === null && (role === 'forward' || /^\/?$|^\/(?:%2f|%2e|\.\.)/i.test(url.rest)))
    return { rule: 'redir.scheme-relative', shows, why: WHY.relative }
  return null
}

const WHY = {
  userinfo: 'What looks like the host of the URL is the name of a user; the host comes after the @.',
  reading:
    'Browsers end the host before the sign that is followed by @, other readers take what is behind it for the host.',
  slashes: 'Browsers read the run of slashes and backslashes as // and go to another host; checks take it for a path.',
  missing: 'Browsers read the URL as if it had two slashes and go to another host; checks take it for a path.',
  disguised: 'The host is written with characters that browsers drop or map to others, so checks see another name.',
  own: "The host is another one that has the application's own name in it, which careless checks are content with.",
  relative: 'The value looks like a path and leads to another host: two slashes begin a host.',
} as const

function isName(host: string): boolean {
  return NAME.test(host) && !FILE.test(host)
}

/** A user that is named like a host, or the application's own. `https://anna:secret@…` is ordinary. */
function isDisguise(userinfo: string, role: Role, own: string): boolean {
  const user = userinfo.toLowerCase()
  if (role === 'other') return /\.(?:com|net|org|io|de|co\.uk|example)(?::80|:443)?$/.test(user)
  const name = user.replace(/:.*$/s, '')
  if (own.length >= SHORTEST_OWN && name.includes(own)) return true
  return /%(?:2f|5c|00|23|3f)|[\\/]/.test(name) || /^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}$/.test(name)
}

/** `https://evil.example\@shop.example`, `…#@…`, `…?@…`. */
function hidesHost({ scheme, rest }: Url): boolean {
  return scheme !== null && /^(?:\\|[#?;])@[\w-]+\./.test(rest)
}

function isMapped(host: string, hostAsSent: string): boolean {
  const sent = hostAsSent.toLowerCase().replace(/\.$/, '')
  return sent !== host && (/%/.test(sent) || /[\u3002\uff01-\uff61\u2460-\u24ff\u00ad\u200b-\u200d\u2060]/.test(sent))
}

function namesOwn({ host, rest }: Url, own: string): boolean {
  if (host.startsWith(`${own}.`) || (host.endsWith(own) && !host.endsWith(`.${own}`))) return true
  return (
    !host.endsWith(`.${own}`) &&
    /^(?:\/|\/?[?#@]).*/s.test(rest) &&
    rest.replace(/^[/?#@]{1,3}/, '').toLowerCase() === own
  )
}

/** `//evil.example/%2f..`, `/%5cevil.example`, `/%09/evil.example`: paths that a server's redirect to the path makes a host of. */
const PATHS = [
  /^\/{2,4}([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})\/(?:%2f|%5c|%2e%2e|\.\.)/i,
  /^\/{1,3}(?:(?:%5c|%2f|%09|%0[ad]|\\)\/{0,2}){1,4}([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})(?:\/|%2f|$)/i,
]

export function judgePath(text: string): Verdict | null {
  for (const path of PATHS) {
    const host = path.exec(text.slice(0, 512))?.[1]?.toLowerCase()
    if (host !== undefined && isName(host)) return { rule: 'redir.path', shows: `host ${host}`, why: WHY_PATH }
  }
  return null
}

const WHY_PATH =
  'A server that redirects to the path as it is (to add or drop a slash) sends browsers to the host in it.'

/** `@evil.example`, `.evil.example`, `/〱evil.example` for a server that appends the value to its own name. */
export function judgeAppended(text: string): Verdict | null {
  const host =
    /^(?:[@.]|\/[\u3031\u3035\u309d\u30fc\uff70\uff0f\u2215])((?:[\w-]{1,63}\.){1,6}[a-z]{2,24})(?:[/?#]|$)/i.exec(
      text.slice(0, 512),
    )?.[1]
  if (host === undefined || !isName(host.toLowerCase())) return null
  return {
    rule: 'redir.appended',
    shows: `host ${host}`,
    why: 'Appended to the name of the application, the value makes another host of it.',
  }
}

/**
 * URLs as browsers and most libraries read them (URL Standard §4.4, §3.5): what a filter that looks for `http://host/`
 * and what the server that follows the URL see may be different hosts.
 *
 *   url       = [ scheme ":" ] slashes [ userinfo "@" ] host [ ":" port ] rest
 *   slashes   = "/" and "\" in any number for http, https, ws, wss, ftp and for URLs without scheme, else "//"
 *   userinfo  up to the last "@" before the first of "/", "\", "?", "#"
 *
 * Blanks and control characters around it, tabs and line breaks inside are dropped. The host is percent-decoded, mapped to
 * lower-case compatibility forms (enclosed and full-width characters become letters, ideographic stops become dots).
 */
import { endsInNumber, type Ipv4, ipv4Of, wrappedIpv4Of } from './ipv4.ts'
import { embeddedIpv4, ipv6Of } from './ipv6.ts'
import { decodeEscapes } from './unescape.ts'

/** What stands behind it is not looked at. */
const LONGEST = 2048

export interface Url {
  /** Lower case, without colon; null when the URL begins with slashes. */
  readonly scheme: string | null
  /** As sent: "//" for ordinary URLs. */
  readonly slashes: string
  /** As sent, without the @; null when there is none. */
  readonly userinfo: string | null
  /** As sent, with brackets. */
  readonly hostAsSent: string
  /** As it is resolved: lower case, no trailing dot. */
  readonly host: string
  readonly port: string
  /** Path, query and fragment. */
  readonly rest: string
  /** Blanks, tabs or line breaks were dropped inside of scheme, slashes or host. */
  readonly gaps: boolean
}

const SPECIAL: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss', 'ftp'])

/** Null when the text is no URL with a host. */
export function urlOf(text: string): Url | null {
  const sent = trimControls(text.slice(0, LONGEST))
  const clean = sent.replace(/[\t\n\r]/g, '')
  const scheme = /^[a-z][a-z0-9+.-]{0,30}(?=:)/i.exec(clean)?.[0].toLowerCase() ?? null
  const special = scheme === null || SPECIAL.has(scheme)
  const after = scheme === null ? 0 : scheme.length + 1
  const slashes = (special ? /^[/\\]*/ : /^\/\//).exec(clean.slice(after))?.[0] ?? ''
  if (slashes.length < 2 && (scheme === null || !special)) return null
  const start = after + slashes.length
  const found = clean.slice(start).search(special ? /[/\\?#]/ : /[/?#]/)
  const end = found < 0 ? clean.length : start + found
  const authority = clean.slice(start, end)
  const at = authority.lastIndexOf('@')
  const [hostAsSent, port] = hostAndPort(authority.slice(at + 1))
  return {
    scheme,
    slashes,
    userinfo: at < 0 ? null : authority.slice(0, at),
    hostAsSent,
    host: mappedHost(hostAsSent),
    port,
    rest: clean.slice(end),
    gaps: /[\t\n\r]/.test(sent.slice(0, end)),
  }
}

/** C0 control characters and blanks around a URL count for nothing. */
function trimControls(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 32) start++
  while (end > start && text.charCodeAt(end - 1) <= 32) end--
  return text.slice(start, end)
}

function hostAndPort(text: string): readonly [host: string, port: string] {
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    if (close > 0) return [text.slice(0, close + 1), text.slice(close + 1).replace(/^:/, '')]
  }
  const colon = text.indexOf(':')
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
}

/** Percent escapes decoded, compatibility forms and dots of other scripts mapped, what is ignored dropped (UTS 46). */
export function mappedHost(host: string): string {
  const decoded = host.includes('%') ? decodeEscapes(host, false) : host
  return decoded
    .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .normalize('NFKC')
    .replace(/[\u3002\uff0e\uff61]/g, '.')
    .toLowerCase()
    .replace(/\.$/, '')
}

export interface Address {
  readonly version: 4 | 6
  /** IPv4: the number, also of one inside of an IPv6 address. Null for other IPv6 addresses. */
  readonly ipv4: number | null
  /** IPv6: eight groups. */
  readonly groups: readonly number[] | null
  /** Four decimal numbers, or an IPv6 address that stands for no IPv4 address: what people write. */
  readonly plain: boolean
}

/** The address that a URL's host is; null for names. */
export function addressOf({ host, hostAsSent }: Pick<Url, 'host' | 'hostAsSent'>): Address | null {
  if (host.startsWith('[')) {
    const groups = ipv6Of(host.slice(1, -1))
    if (groups === null) return null
    const ipv4 = embeddedIpv4(groups)
    return { version: 6, ipv4, groups, plain: ipv4 === null }
  }
  if (!endsInNumber(host)) return null
  const ipv4: Ipv4 | null = ipv4Of(host)
  if (ipv4 !== null) return { version: 4, ipv4: ipv4.value, groups: null, plain: ipv4.plain && host === hostAsSent }
  const wrapped = wrappedIpv4Of(host)
  return wrapped === null ? null : { version: 4, ipv4: wrapped, groups: null, plain: false }
}

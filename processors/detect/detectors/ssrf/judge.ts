/** Where a URL would lead the server that fetches it, and how well it hides that. */
import type { Severity } from '#schemas/records/detection.ts'
import { reachOf } from '../../text/reach.ts'
import { addressOf, type Url } from '../../text/url.ts'
import { isLoopbackName, isMetadataName, namedAddress } from './hosts.ts'

export interface Verdict {
  readonly rule: string
  readonly severity: Severity
  readonly why: string
  readonly shows: string
  readonly unless: string
  /** Plain addresses of an inner network: ordinary in some places. */
  readonly ordinary?: true
}

/** Schemes by which a fetching library is made to speak to services, or to read files. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['gopher', 'sends any bytes to any TCP service'],
  ['dict', 'sends commands to TCP services'],
  ['ldap', 'asks a directory'],
  ['ldaps', 'asks a directory'],
  ['ldapi', 'asks a local directory'],
  ['tftp', 'sends UDP packets'],
  ['sftp', 'opens a connection by SSH'],
  ['ftp', 'opens a connection by FTP'],
  ['ftps', 'opens a connection by FTP'],
  ['smb', 'gives away the credentials of a Windows machine'],
  ['netdoc', 'reads files'],
  ['unix', 'speaks to a local socket'],
  ['file', 'reads files'],
])

export function judgeScheme(scheme: string): Verdict | null {
  const does = SCHEMES.get(scheme)
  if (does === undefined) return null
  return {
    rule: 'ssrf.scheme',
    severity: 'high',
    why: `A URL with the scheme ${scheme} makes a server that fetches it do more than ask the web: it ${does}.`,
    shows: `scheme ${scheme}`,
    unless: 'The URL begins with https:// and a public host.',
  }
}

export function judgeHost(url: Url): Verdict | null {
  const { host, hostAsSent } = url
  const address = addressOf(url)
  const unless = 'Its host is the name of a public server.'
  const shows = host === hostAsSent ? `host ${host}` : `host ${hostAsSent} is ${host}`
  if (address === null) return judgeName(url, shows, unless)
  // `//2024/05` is a path.
  if (url.scheme === null && /^\d+$/.test(host)) return null
  const reach = reachOf(address)
  if (reach === 'metadata') return metadata(shows, unless)
  if (!address.plain) {
    if (reach === 'public' && !isAddressInDisguise(hostAsSent)) return null
    return {
      rule: 'ssrf.disguised-address',
      severity: reach === 'public' ? 'medium' : 'high',
      why: 'The host of the URL is an address in a spelling that people do not use and filters do not know.',
      shows: `${shows}: ${address.ipv4 === null ? reach : dotted(address.ipv4)} (${reach})`,
      unless,
    }
  }
  if (reach === 'public') return null
  return inner(reach === 'loopback' ? 'the machine itself' : 'a private network', shows, unless)
}

function judgeName(url: Url, shows: string, unless: string): Verdict | null {
  const { host, hostAsSent } = url
  if (isMetadataName(host)) return metadata(shows, unless)
  const disguised = hostAsSent !== host && /^[^\0-\xff]/.test(hostAsSent) && /^[\w.-]+$/.test(host)
  const behind = namedAddress(host)
  if (disguised || behind !== null) {
    return {
      rule: 'ssrf.disguised-address',
      severity: 'high',
      why: disguised
        ? 'The host of the URL is written in characters that become another name when it is resolved.'
        : 'The name of the host resolves to the inner address that it spells out.',
      shows: behind === null ? shows : `${shows}: ${behind}`,
      unless,
    }
  }
  return isLoopbackName(host) ? inner('the machine itself', shows, unless) : null
}

function metadata(shows: string, unless: string): Verdict {
  return {
    rule: 'ssrf.metadata',
    severity: 'critical',
    why: 'The URL leads to the service that gives a cloud machine its credentials.',
    shows,
    unless,
  }
}

function inner(where: string, shows: string, unless: string): Verdict {
  return {
    rule: 'ssrf.inner-address',
    severity: 'medium',
    why: `The URL leads to ${where}, which the server reaches and its clients do not.`,
    shows,
    unless,
    ordinary: true,
  }
}

/** Of public addresses only what nobody writes by accident: one number, hexadecimal, other digits. */
function isAddressInDisguise(hostAsSent: string): boolean {
  return /^\d{8,10}$|0x[0-9a-f]|[^\0-\x7f]|%|^0[0-7]{3}\./i.test(hostAsSent)
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.')
}

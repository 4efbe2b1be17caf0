/** Where the address of something external leads a parser. */

export type Lead =
  /** Files of the server, or wrappers that read or run something. */
  | 'server'
  /** Another host. */
  | 'remote'
  /** Beside the document. */
  | 'relative'
  /** Who publishes document types that everybody refers to. */
  | 'standard'

/** Hosts of public document types: those of W3C, of Java and its frameworks, of editors, of phones and of commerce. */
const STANDARD = new Set([
  'w3.org',
  'apple.com',
  'sun.com',
  'oracle.com',
  'jcp.org',
  'oasis-open.org',
  'docbook.org',
  'hibernate.org',
  'mybatis.org',
  'ibatis.apache.org',
  'apache.org',
  'springframework.org',
  'cxml.org',
  'wapforum.org',
  'openmobilealliance.org',
  'mozilla.org',
  'xmlsoap.org',
  'nih.gov',
  'idpf.org',
  'daisy.org',
  'musicxml.org',
  'puppycrawl.com',
  'checkstyle.org',
  'gnome.org',
  'freedesktop.org',
  'opensymphony.com',
  'logback.qos.ch',
  'npmjs.org',
])

/** Public identifiers of those who own them; the address beside it may be a copy. */
const OWNER = /^[-+]\/\/(?:W3C|OASIS|Apple|IETF|WAPFORUM|Sun Microsystems|NLM|Recordare|ISO 8879)[^/]*\/\//i

const SCHEME = /^([a-z][a-z0-9+.-]{0,30}):/i

export function leadOf(address: string, publicId: string | null): Lead {
  const text = address.trim()
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return isStandard(text) ? 'standard' : 'remote'
  if (scheme === 'urn' || scheme === 'about') return 'standard'
  if (scheme === 'ftp' || scheme === 'ftps' || scheme === 'gopher' || scheme === 'ldap' || scheme === 'smb')
    return 'remote'
  // A drive letter is a path too.
  if (scheme !== undefined) return 'server'
  if (/^(?:\/\/|\\\\)/.test(text)) return 'remote'
  if (/^[/\\]/.test(text) || /(?:^|[/\\])\.\.[/\\]/.test(text)) return 'server'
  return publicId !== null && OWNER.test(publicId) ? 'standard' : 'relative'
}

/** The host itself or one below it; anything before an @ is no host. */
function isStandard(url: string): boolean {
  const host = /^https?:\/\/([a-z0-9.-]{1,253})(?:[:/]|$)/i.exec(url)?.[1]?.toLowerCase()
  if (host === undefined) return false
  for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1))
    if (STANDARD.has(name)) return true
  return false
}

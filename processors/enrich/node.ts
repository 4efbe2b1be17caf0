/**
 * One party of a forwarding header.
 *
 *   node  = OWS [DQUOTE] ( IPv4 [":" port] / IPv6 / "[" IPv6 "]" [":" port] ) [DQUOTE] OWS
 *   IPv6  may carry a zone: "fe80::1%eth0" (RFC 6874: also "%25eth0"); it means nothing on another machine and is dropped
 *   port  = 1*5DIGIT up to 65535 / "_" 1*( ALPHA / DIGIT / "." / "_" / "-" )           RFC 7239 §6.3: obfport, dropped
 *
 *   "unknown" and "_" obfuscated names (RFC 7239 §6.2, §6.3) hide the party on purpose.
 */
import { canonicalAddress } from '#schemas/config/address.ts'

export interface Address {
  /** Canonical text; IPv4-mapped IPv6 as IPv4. */
  readonly ip: string
  readonly port: number | null
}

/** `hidden`: the sender does not say; `garbage`: what it says is in no grammar. */
export type Node = Address | 'hidden' | 'garbage'

/** Longest node with everything: quotes, brackets, IPv6, zone, port. Obfuscated names beyond it are garbage. */
const MAX_NODE = 128
const PORT = /^:(?:(\d{1,5})|_[A-Za-z0-9._-]+)$/
const HIDDEN = /^(?:unknown|_[A-Za-z0-9._-]+)(?::\w[\w.-]*)?$/i
const ZONE = /%[\w.~-]+$/

/** `text`: without space around it. */
export function parseNode(text: string): Node {
  if (text.length > MAX_NODE) return 'garbage'
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) return parseNode(text.slice(1, -1).trim())
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    const ip = text.slice(1, Math.max(end, 1))
    return ip.includes(':') ? withPort(ip, text.slice(end + 1)) : 'garbage'
  }
  const colon = text.indexOf(':')
  // One colon: IPv4 and port. More: IPv6, which cannot have a port without brackets.
  if (colon >= 0 && text.indexOf(':', colon + 1) < 0) return withPort(text.slice(0, colon), text.slice(colon))
  return withPort(text, '')
}

function withPort(host: string, rest: string): Node {
  const ip = canonicalAddress(host.includes(':') ? host.replace(ZONE, '') : host)
  if (ip === null) return HIDDEN.test(host + rest) ? 'hidden' : 'garbage'
  if (rest === '') return { ip, port: null }
  const match = PORT.exec(rest)
  if (match === null) return 'garbage'
  const digits = match[1]
  if (digits === undefined) return { ip, port: null }
  return Number(digits) <= 65_535 ? { ip, port: Number(digits) } : 'garbage'
}

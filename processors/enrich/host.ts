/**
 * What forwarding headers may say about the host, the scheme and the port. Each returns null for garbage.
 *
 *   host = ( 1*253( ALPHA / DIGIT / "-" / "." / "_" ) / "[" IPv6 "]" ) [ ":" port ]
 */
import { canonicalAddress } from '#schemas/config/address.ts'

const NAME = /^([a-z0-9._-]{1,253})(?::(\d{1,5}))?$/
const LITERAL = /^\[([0-9a-f:.]{2,45})\](?::(\d{1,5}))?$/

/** In lower case, with its port if one was sent. */
export function parseHost(text: string): string | null {
  const host = text.toLowerCase()
  const name = NAME.exec(host)
  if (name !== null) return isPort(name[2]) ? host : null
  const literal = LITERAL.exec(host)
  if (literal === null || !literal[1]!.includes(':') || canonicalAddress(literal[1]!) === null) return null
  return isPort(literal[2]) ? host : null
}

/** Without the port. */
export function hostName(host: string): string {
  const colon = host.lastIndexOf(':')
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
}

export function parseScheme(text: string): 'http' | 'https' | null {
  switch (text.toLowerCase()) {
    case 'http':
    case 'ws':
      return 'http'
    case 'https':
    case 'wss':
      return 'https'
    default:
      return null
  }
}

/** 1 to 65535. */
export function parsePort(text: string): number | null {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null
}

/** Adds the port to a host that has none, unless it is the scheme's own. */
export function withPort(host: string, port: number, scheme: 'http' | 'https'): string {
  if (host === '' || hostName(host) !== host || port === (scheme === 'http' ? 80 : 443)) return host
  return `${host}:${port}`
}

function isPort(digits: string | undefined): boolean {
  return digits === undefined || Number(digits) <= 65_535
}

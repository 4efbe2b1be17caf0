/** Values that no message may have, or that mean something else to a server of HTTP/1 behind a proxy (RFC 9113 §8.2, §10.3). */
import { Kind } from './kind.ts'

/** Anomalies of a value in Latin-1, by itself. */
export function oddValue(kind: Kind, value: string): string[] {
  const odd: string[] = []
  if (/[\0-\x08\n-\x1f\x7f]/.test(value)) {
    if (/[\r\n]/.test(value)) odd.push('http2.crlf-in-header')
    if (value.includes('\0')) odd.push('http2.nul-in-header')
    if (/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)) odd.push('http2.control-character')
  }
  if (/^[ \t]|[ \t]$/.test(value)) odd.push('http2.space-around-value')
  if (isBad(kind, value)) odd.push(BAD.get(kind)!)
  // A whole start line inside of what becomes one.
  if (kind >= Kind.Method && kind <= Kind.Authority && / http\/[0-9]/i.test(value)) odd.push('http2.request-splitting')
  return odd
}

const BAD: ReadonlyMap<Kind, string> = new Map([
  [Kind.Method, 'http2.bad-method'],
  [Kind.Path, 'http2.bad-path'],
  [Kind.Scheme, 'http2.bad-scheme'],
  [Kind.Authority, 'http2.bad-authority'],
  [Kind.Status, 'http2.bad-status'],
  [Kind.UnknownPseudo, 'http2.unknown-pseudo-header'],
  [Kind.ContentLength, 'http2.bad-content-length'],
  [Kind.Connection, 'http2.connection-header'],
  [Kind.TransferEncoding, 'http2.transfer-encoding'],
  [Kind.Te, 'http2.connection-header'],
])

function isBad(kind: Kind, value: string): boolean {
  switch (kind) {
    case Kind.Method:
      return !/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(value)
    case Kind.Path:
      return !/^[/*][^ #]*$/.test(value)
    case Kind.Scheme:
      return !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(value)
    case Kind.Authority:
      return /[ /?#@\\]/.test(value)
    case Kind.Status:
      return !/^[1-9][0-9][0-9]$/.test(value)
    case Kind.ContentLength:
      return !/^[0-9]{1,15}$/.test(value)
    case Kind.Te:
      return value.toLowerCase() !== 'trailers'
    case Kind.UnknownPseudo:
    case Kind.Connection:
    case Kind.TransferEncoding:
      return true
    case Kind.Plain:
    case Kind.Protocol:
    case Kind.Host:
    case Kind.ContentEncoding:
    case Kind.Unknown:
      return false
    default:
      return kind satisfies never
  }
}

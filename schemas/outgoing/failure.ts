/** Why no answer came, in words that say what to do. */
import { Retryable } from '#schemas/contracts/errors.ts'
import { plainText } from './text.ts'

type Reason = readonly [reason: string, advice: string]

const UNREACHABLE: Reason = ['unreachable', 'no way to it: check routes and firewalls between here and there']
const BROKEN: Reason = ['connection-reset', 'it, or something on the way to it, closed the connection']
const UNKNOWN_AUTHORITY: Reason = [
  'certificate',
  'its certificate is signed by none of the known authorities: put the one that signed it into tls.ca',
]
const EXPIRED: Reason = ['certificate', 'its certificate is not valid today: renew it there, or check the clock here']

const REASONS: ReadonlyMap<string, Reason> = new Map([
  ['ECONNREFUSED', ['connection-refused', 'nobody listens there: check that it runs, and the port']],
  ['ENOTFOUND', ['name-not-resolved', 'its name has no address: check how it is spelled, and the name server']],
  ['EAI_AGAIN', ['name-not-resolved', 'the name server does not answer: check /etc/resolv.conf and the network']],
  ['EHOSTUNREACH', UNREACHABLE],
  ['ENETUNREACH', UNREACHABLE],
  ['ETIMEDOUT', UNREACHABLE],
  ['ECONNRESET', BROKEN],
  ['EPIPE', BROKEN],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
  ['CERT_HAS_EXPIRED', EXPIRED],
  ['CERT_NOT_YET_VALID', EXPIRED],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    ['certificate', 'its certificate is for other names: check the host, or set tls.serverName'],
  ],
  ['EPROTO', ['tls', 'no TLS connection came about: check that it speaks https at this port']],
])

/** OpenSSL's words for an alert that asks for a certificate of ours, or refuses it. */
const CLIENT_CERTIFICATE = /^ERR_SSL_.*(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)$/

/** `who`: the other side, for messages. */
export function failureOf(error: unknown, who: string): Retryable {
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '')
  const [reason, advice] = reasonOf(code)
  const detail = code === '' ? plainText(error instanceof Error ? error.message : String(error)) : code
  return new Retryable(reason, `${who}: ${advice} (${detail})`, { cause: error })
}

function reasonOf(code: string): Reason {
  const known = REASONS.get(code)
  if (known !== undefined) return known
  if (CLIENT_CERTIFICATE.test(code))
    return ['tls', 'it wants a certificate of this client, or another one: see tls.cert']
  if (code.startsWith('ERR_SSL_')) return REASONS.get('EPROTO')!
  if (code.startsWith('CERT_')) return ['certificate', 'its certificate was not accepted']
  if (code.startsWith('HPE_')) return ['not-http', 'what it sends is not HTTP: check the port']
  return ['connection', 'the connection failed']
}

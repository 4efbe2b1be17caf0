/** Who is at the other end of a connection: looked at once, when it is there. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

export interface Peer {
  readonly address: string
  /** Its certificate, if one is asked for, has one of the names that are allowed. */
  readonly named: boolean
}

/**
 * What Node says of a certificate's subject alternative names: `DNS:a.example, URI:spiffe://b, IP Address:10.0.0.1`. A value
 * that holds a comma, a quote or worse is a string of JSON, so that none can pretend to be two.
 */
const NAME = /(?:^|, )(?:DNS|URI|IP Address|email):("(?:[^"\\]|\\.)*"|[^,]*)|(?:^|, )[^,]*/gy

/** Only exact names: no wildcards, no common name (RFC 9525 §2). Case does not matter. */
export function namesOf(subjectAltName: string): readonly string[] {
  const names: string[] = []
  for (const [, name] of subjectAltName.matchAll(NAME)) {
    if (name !== undefined && !name.startsWith('"')) names.push(name.toLowerCase())
  }
  return names
}

/** `names`: lower case; null: any certificate (or none, when none is asked for) will do. */
export function peerOf(socket: Socket, names: ReadonlySet<string> | null): Peer {
  const address = socket.remoteAddress ?? ''
  if (names === null) return { address, named: true }
  const shown = socket instanceof TLSSocket ? (socket.getPeerX509Certificate()?.subjectAltName ?? '') : ''
  return { address, named: namesOf(shown).some(name => names.has(name)) }
}

/** What does a connection speak, and which end is the client? */
import type { Direction, ProtocolSpec } from '#schemas/contracts/protocol.ts'
import type { Connection } from '#schemas/records/chunk.ts'

/** Bytes that each endpoint (0: a, 1: b) sent first. `done`: no more of them will be shown. */
export interface Heads {
  readonly bytes: readonly [Uint8Array, Uint8Array]
  readonly done: readonly [boolean, boolean]
}

export interface Claim {
  readonly protocol: ProtocolSpec
  readonly client: 0 | 1
}

/**
 * The first protocol, in order, that recognises what either endpoint sent: `wait` when more bytes may tell, null when
 * nobody claims them. `client`: which endpoint that is, when it is known for sure.
 */
export function claim(
  protocols: readonly ProtocolSpec[],
  heads: Heads,
  client: 0 | 1 | null,
  connection: Connection,
): Claim | 'wait' | null {
  const found = firstOf(protocols, 'probe', heads, client, connection)
  if (found !== null || (heads.done[0] && heads.done[1])) return found
  return silent(heads) ? 'wait' : null
}

/** The same for the middle of streams that nobody claims: who knows it for its own, else who finds its way in anything. */
export function join(
  protocols: readonly ProtocolSpec[],
  heads: Heads,
  client: 0 | 1 | null,
  connection: Connection,
): Claim | 'wait' | null {
  const found = firstOf(protocols, 'joinProbe', heads, client, connection)
  if (found !== null) return found
  const protocol = protocols.find(({ joins }) => joins === true)
  if (protocol === undefined) return null
  return { protocol, client: client ?? connection.opener ?? guessClient(connection) }
}

function firstOf(
  protocols: readonly ProtocolSpec[],
  ask: 'probe' | 'joinProbe',
  heads: Heads,
  client: 0 | 1 | null,
  connection: Connection,
): Claim | 'wait' | null {
  for (const protocol of protocols) {
    const a = claims(protocol, ask, heads, 0)
    const b = claims(protocol, ask, heads, 1)
    if (client !== null) {
      const mine = client === 0 ? a : b
      if (mine.yes > 0) return { protocol, client }
      if (mine.wait) return 'wait'
      continue
    }
    if (a.yes > 0 || b.yes > 0) {
      // What is said plainly wins over who opened the connection.
      const plain = protocol.opens !== true || connection.opener === null
      if (plain && a.yes !== b.yes) return { protocol, client: a.yes > b.yes ? 0 : 1 }
      return { protocol, client: connection.opener ?? guessClient(connection) }
    }
    if (a.wait || b.wait) return 'wait'
  }
  return null
}

/** One direction has said nothing yet, and may tell. */
function silent(heads: Heads): boolean {
  return (heads.bytes[0].length === 0 && !heads.done[0]) || (heads.bytes[1].length === 0 && !heads.done[1])
}

/** How many directions look like `protocol` if endpoint `client` is the client. */
function claims(
  protocol: ProtocolSpec,
  ask: 'probe' | 'joinProbe',
  heads: Heads,
  client: 0 | 1,
): { yes: number; wait: boolean } {
  let yes = 0
  let wait = false
  for (const end of [0, 1] as const) {
    const bytes = heads.bytes[end]
    if (bytes.length === 0) continue
    const verdict = protocol[ask]?.(bytes, (end ^ client) as Direction) ?? 'no'
    if (verdict === 'yes') yes++
    else if (verdict === 'more' && !heads.done[end]) wait = true
  }
  return { yes, wait }
}

/** Well-known ports of servers that speak HTTP; otherwise servers have the lower port. */
const SERVER_PORTS = new Set([80, 443, 3000, 3128, 5000, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9000, 9090])

/** Neither the handshake nor the content tells. */
export function guessClient(connection: Connection): 0 | 1 {
  const known = connection.about?.client
  if (known !== undefined) return known
  const a = SERVER_PORTS.has(connection.a.port)
  const b = SERVER_PORTS.has(connection.b.port)
  if (a !== b) return a ? 1 : 0
  return connection.a.port >= connection.b.port ? 0 : 1
}

/** A TLS record header (RFC 8446 §5.1): type 20 to 23, version 3.0 to 3.4. */
export function looksLikeTls(head: Uint8Array): boolean {
  return head.length >= 3 && head[0]! >= 20 && head[0]! <= 23 && head[1] === 3 && head[2]! <= 4
}

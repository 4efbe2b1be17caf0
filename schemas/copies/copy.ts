/**
 * Are two exchanges one request, seen at two hops or by two captures? Rather no than yes: two requests that are taken for one
 * are lost, a copy that is taken for a request is only counted twice.
 *
 *   same content (method, query, body), and one of
 *     the same socket, seen twice             same path
 *     the same trace or request id            same path, or one that a proxy cut at its beginning
 *     one is the cause of the other           same path, same status: the process, or the address, that answers the outer one asks
 *                                             the inner one, and the inner one lies within the outer one
 *
 * One place sees a request once: what it sees again is another request, however much alike (retries, brute force, probes).
 */
import type { Endpoint } from '#schemas/records/flow.ts'
import type { RequestIds } from './ids.ts'
import type { Sighting } from './sighting.ts'

export interface Closeness {
  /** µs between the beginnings of two sightings, at most. */
  readonly window: number
  /** µs that clocks of two machines may differ, and an answer may linger. */
  readonly slack: number
}

/** How sure it is. */
export type Likeness = 'socket' | 'id' | 'cause'

export function likeness(a: Sighting, b: Sighting, closeness: Closeness): Likeness | null {
  if (a.connection === b.connection || a.content !== b.content) return null
  if (Math.abs(a.time - b.time) > closeness.window) return null
  if (sameSocket(a, b)) return a.path === b.path ? 'socket' : null
  if (a.place === b.place) return null
  switch (compareIds(a.ids, b.ids)) {
    case 'differ':
      return null
    case 'same':
      return samePath(a.path, b.path) ? 'id' : null
    case 'unknown':
      return a.path === b.path && a.status === b.status && (isCause(a, b, closeness) || isCause(b, a, closeness))
        ? 'cause'
        : null
  }
}

/** Cannot be one request, whatever else speaks for it: the place has seen it before, or their ids say so. */
export function contradicts(a: Sighting, b: Sighting): boolean {
  if (a.connection === b.connection) return true
  return !sameSocket(a, b) && (a.place === b.place || compareIds(a.ids, b.ids) === 'differ')
}

/** A trace says more than a request id, which some proxies make anew. */
function compareIds(a: RequestIds, b: RequestIds): 'same' | 'differ' | 'unknown' {
  for (const key of ['trace', 'request'] as const) {
    const [one, other] = [a[key], b[key]]
    if (one !== undefined && other !== undefined) return one === other ? 'same' : 'differ'
  }
  return 'unknown'
}

/** `/api/cart` and `/cart`: a proxy took off, or put on, whole segments at the beginning. */
function samePath(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return long === short || (short.startsWith('/') && short.length > 1 && long.endsWith(short))
}

function isCause(outer: Sighting, inner: Sighting, { slack }: Closeness): boolean {
  const within = inner.time >= outer.time - slack && inner.end <= outer.end + slack
  return within && (inner.client.ip === outer.server.ip || sameProcess(outer, inner))
}

/** It answers the one and asks the other. */
function sameProcess({ process: outer }: Sighting, { process: inner }: Sighting): boolean {
  return outer?.side === 'server' && inner?.side === 'client' && outer.pid === inner.pid
}

function sameSocket(a: Sighting, b: Sighting): boolean {
  return sameEnd(a.client, b.client) && sameEnd(a.server, b.server)
}

/** UNIX sockets have neither address nor port. */
function sameEnd(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.ip === b.ip && a.port > 0
}

/** What is compared of an exchange: a few words, whatever its size. */
import { hash } from 'node:crypto'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Endpoint } from '#schemas/records/flow.ts'
import { idsOf, type RequestIds } from './ids.ts'

export interface Sighting {
  /** Of the exchange. */
  readonly id: string
  readonly connection: string
  readonly client: Endpoint
  readonly server: Endpoint
  /** Who looked, from which side, and at which server: one place sees a request once. */
  readonly place: string
  /** Process that it was seen in; absent when nobody knows. */
  readonly process?: { readonly pid: number; readonly side: 'client' | 'server' }
  /** µs */
  readonly time: number
  readonly end: number
  readonly path: string
  /** Of method, query and body: what proxies do not change. Of the body its length and first bytes. */
  readonly content: string
  readonly status: number | null
  readonly ids: RequestIds
}

/** So much of a body is compared: how much of it was kept differs between captures. */
const COMPARED_BYTES = 4096

/** Null for what is no request: messages of a WebSocket, responses alone. */
export function sightingOf(exchange: Exchange): Sighting | null {
  const { id, connection, request, response, time, end, message } = exchange
  if (message !== null || request.method === '') return null
  const { client, server, capture, process } = connection
  const side = process?.side
  return {
    id,
    connection: connection.id,
    client,
    server,
    place: `${capture} ${side ?? ''} ${server.ip} ${server.port}`,
    ...(process === undefined || side === undefined ? {} : { process: { pid: process.pid, side } }),
    time,
    end,
    path: request.path,
    content: contentOf(request),
    status: response?.status ?? null,
    ids: idsOf(exchange),
  }
}

function contentOf({ method, query, body, bodyBytes }: Exchange['request']): string {
  const start = body === null ? '' : hash('sha256', body.subarray(0, COMPARED_BYTES), 'base64')
  return hash('sha256', JSON.stringify([method, query, bodyBytes, start]), 'base64url').slice(0, 22)
}

/** Why a request has no response, by how the server's direction ended. */
import type { EndReason } from '#schemas/records/chunk.ts'

const REASONS: Readonly<Record<EndReason, string>> = {
  fin: 'http.no-response.closed',
  rst: 'http.no-response.reset',
  idle: 'http.no-response.idle',
  evicted: 'http.no-response.evicted',
  reused: 'http.no-response.reused',
  source: 'http.no-response.capture-ended',
}

/** When the connection is over. `heard`: anything of the server was seen; without, and without its end, one direction was captured. */
export function noResponse(heard: boolean, server: EndReason): string {
  return heard || server === 'fin' || server === 'rst' ? REASONS[server] : 'http.no-response.one-way'
}

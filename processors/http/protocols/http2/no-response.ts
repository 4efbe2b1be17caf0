/** Why a stream has no response, when its connection is over. */
import type { EndReason } from '#schemas/records/chunk.ts'

const REASONS: Readonly<Record<EndReason, string>> = {
  fin: 'http.no-response.closed',
  rst: 'http.no-response.reset',
  idle: 'http.no-response.idle',
  evicted: 'http.no-response.evicted',
  reused: 'http.no-response.reused',
  source: 'http.no-response.capture-ended',
}

/** `server`: how the server's direction ended; `heard`: anything of it was seen. */
export function noResponse(heard: boolean, server: EndReason): string {
  return heard || server === 'fin' || server === 'rst' ? REASONS[server] : 'http.no-response.one-way'
}

/** Why a request has no response, when its connection is over. */
import type { EndReason } from '#schemas/records/chunk.ts'
import type { Pairing } from './pairing.ts'

const REASONS: Readonly<Record<EndReason, string>> = {
  fin: 'http.no-response.closed',
  rst: 'http.no-response.reset',
  idle: 'http.no-response.idle',
  evicted: 'http.no-response.evicted',
  reused: 'http.no-response.reused',
  source: 'http.no-response.capture-ended',
}

/** `server`: how the server's direction ended. */
export function noResponse(pairing: Pairing, server: EndReason): string {
  if (pairing.heard > 0) return pairing.doubted ? 'http.no-response.gap' : REASONS[server]
  // Nothing of the server was seen, and not even its end: only one direction was captured.
  return server === 'fin' || server === 'rst' ? REASONS[server] : 'http.no-response.one-way'
}

/** CONNECT accepted, or protocols switched: what comes next on this connection. */
import { add } from '../../message/anomalies.ts'
import type { Draft } from '../../message/message.ts'

/** Upgrade token to protocol folder. */
const UPGRADES = new Map([
  ['websocket', 'websocket'],
  ['h2c', 'http2'],
])

/** Name of the next protocol, `probe` or `opaque`; null when it stays HTTP/1. */
export function becomesAfter(request: Draft | undefined, response: Draft): string | null {
  if (request?.method === 'CONNECT') return response.status >= 200 && response.status < 300 ? 'probe' : null
  if (response.status !== 101) return null
  if (request !== undefined && request.upgrade === '') add(response.anomalies, 'http1.unrequested-upgrade')
  const [token = ''] = (response.upgrade || (request?.upgrade ?? '')).split(',')
  return UPGRADES.get(token.trim()) ?? 'opaque'
}

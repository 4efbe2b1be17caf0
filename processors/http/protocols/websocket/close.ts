/** The payload of a close frame (RFC 6455 §5.5.1, §7.4): nothing, or a code u16be and a reason in UTF-8. */
import { isUtf8 } from 'node:buffer'

export interface Close {
  readonly code: number | null
  readonly reason: Uint8Array | null
  readonly anomaly: string | null
}

export function readClose(payload: Uint8Array | null): Close {
  if (payload === null) return { code: null, reason: null, anomaly: null }
  if (payload.length === 1) return { code: null, reason: null, anomaly: 'websocket.bad-close' }
  const code = (payload[0]! << 8) | payload[1]!
  const reason = payload.length === 2 ? null : payload.slice(2)
  if (!mayBeSent(code)) return { code, reason, anomaly: 'websocket.bad-close-code' }
  return { code, reason, anomaly: reason === null || isUtf8(reason) ? null : 'websocket.bad-utf8' }
}

/** 1004 to 1006 and 1015 are never sent; up to 2999 what is registered, 3000 to 4999 whatever applications agree on. */
function mayBeSent(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}

/** WebSocket (RFC 6455) with permessage-deflate (RFC 7692), behind an upgrade. */
import type { ProtocolSpec, Upgraded } from '#schemas/contracts/protocol.ts'
import { WebSocketSession, type WebSocketSnapshot } from './session.ts'

const spec: ProtocolSpec = {
  name: 'websocket',
  order: 90,

  /** Frames tell nobody what they are: only an upgrade opens it. */
  probe: () => 'no',

  open(out, limits, start) {
    switch (start.kind) {
      case 'restored': {
        const snapshot = start.snapshot as WebSocketSnapshot
        const session = new WebSocketSession(snapshot.handshake, out, limits)
        session.restore(snapshot)
        return session
      }
      case 'carried': {
        const session = new WebSocketSession(start.carry as Upgraded, out, limits)
        session.begin()
        return session
      }
      case 'new':
        throw new Error('a WebSocket begins with an upgrade')
      default:
        return start satisfies never
    }
  },
}

export default spec

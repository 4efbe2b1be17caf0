/** HTTP/2 in the clear (RFC 9113): prior knowledge, upgrade from HTTP/1 (h2c), and joining in the middle. */
import type { ProtocolSpec, Upgraded } from '#schemas/contracts/protocol.ts'
import { joinVerdict } from './chain.ts'
import { HEADER, isPlausible, PREFACE, Type } from './frame.ts'
import { Http2Session } from './session.ts'

/** The longest SETTINGS frame that a connection begins with. */
const FIRST_SETTINGS = 384

const spec: ProtocolSpec = {
  name: 'http2',
  order: 40,

  probe(head, dir) {
    if (dir === 1) return probeServer(head)
    const there = Math.min(head.length, PREFACE.length)
    for (let i = 0; i < there; i++) if (head[i] !== PREFACE[i]) return 'no'
    return there < PREFACE.length ? 'more' : 'yes'
  },

  joinProbe: joinVerdict,

  open(out, limits, start) {
    const session = new Http2Session(out, limits)
    switch (start.kind) {
      case 'new':
        break
      case 'carried':
        session.carry(start.carry as Upgraded)
        break
      case 'restored':
        session.restore(start.snapshot)
        break
      default:
        start satisfies never
    }
    return session
  },
}

/** A server begins with SETTINGS that acknowledge nothing (RFC 9113 §3.4). */
function probeServer(head: Uint8Array): 'yes' | 'no' | 'more' {
  const start = [0, undefined, undefined, Type.Settings, 0, 0, 0, 0, 0]
  for (let i = 0; i < Math.min(head.length, HEADER); i++) {
    if (start[i] !== undefined && head[i] !== start[i]) return 'no'
  }
  if (head.length < HEADER) return 'more'
  return isPlausible(head, 0, 1, FIRST_SETTINGS) ? 'yes' : 'no'
}

export default spec

/** HTTP/0.9, 1.0 and 1.1 (RFC 9112). */
import type { ProtocolSpec } from '#schemas/contracts/protocol.ts'
import { lookAtResponse } from './response.ts'
import { Http1Session } from './session.ts'
import { isKnownMethod, isTokenByte, parseRequestLine } from './start-line.ts'

/** Longest method that may stand before the first space of something unknown. */
const METHOD = 32

const spec: ProtocolSpec = {
  name: 'http1',
  order: 50,
  joins: true,

  probe(head, dir) {
    let at = 0
    while (at < head.length && (head[at] === 13 || head[at] === 10)) at++
    if (at === head.length) return 'more'
    if (dir === 1) {
      const look = lookAtResponse(head, at)
      return look === 'message' ? 'yes' : look === 'more' ? 'more' : 'no'
    }
    return probeRequest(head, at)
  },

  open(out, limits, start) {
    const session = new Http1Session(out, limits)
    if (start.kind === 'restored') session.restore(start.snapshot)
    return session
  },
}

/** A token, a blank, and a line that is a request line once it is whole. */
function probeRequest(head: Uint8Array, at: number): 'yes' | 'no' | 'more' {
  while (head[at] === 32 || head[at] === 9) at++
  let end = at
  while (end < head.length && isTokenByte(head[end]!)) end++
  if (end - at > METHOD) return 'no'
  if (end === head.length) return 'more'
  if (end === at || (head[end] !== 32 && head[end] !== 9)) return 'no'
  const nl = head.indexOf(10, end)
  const line = Buffer.from(head.buffer, head.byteOffset + at, (nl < 0 ? head.length : nl) - at).toString('latin1')
  const start = parseRequestLine(line.endsWith('\r') ? line.slice(0, -1) : line, false)
  // HTTP/2's preface looks like a request of HTTP/2.0.
  if (start?.method === 'PRI') return 'no'
  // A known method is enough; of an unknown one the whole line must be seen.
  if (nl < 0) return isKnownMethod(start?.method) ? 'yes' : 'more'
  return start !== null ? 'yes' : 'no'
}

export default spec

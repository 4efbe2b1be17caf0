/** The PROXY protocol, version 1: a line of text in front of a stream. */
import type { ProtocolSpec } from '#schemas/contracts/protocol.ts'
import { Preamble } from '../../preamble.ts'
import { readLine, startsLikeIt } from './line.ts'

const spec: ProtocolSpec = {
  name: 'proxy-v1',
  order: 10,
  opens: true,

  probe: (head, dir) => (dir === 0 ? startsLikeIt(head) : 'no'),

  open(out, limits, start) {
    const session = new Preamble({ name: 'proxy-v1', read: readLine }, out, limits)
    if (start.kind === 'restored') session.restore(start.snapshot)
    return session
  },
}

export default spec

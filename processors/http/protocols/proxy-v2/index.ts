/** The PROXY protocol, version 2: a binary header in front of a stream. */
import type { ProtocolSpec } from '#schemas/contracts/protocol.ts'
import { Preamble } from '../../preamble.ts'
import { readHeader, startsLikeIt } from './header.ts'

const spec: ProtocolSpec = {
  name: 'proxy-v2',
  order: 11,
  opens: true,

  probe: (head, dir) => (dir === 0 ? startsLikeIt(head) : 'no'),

  open(out, limits, start) {
    const session = new Preamble({ name: 'proxy-v2', read: readHeader }, out, limits)
    if (start.kind === 'restored') session.restore(start.snapshot)
    return session
  },
}

export default spec

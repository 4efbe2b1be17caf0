import type { ProtocolSpec } from '#schemas/contracts/protocol.ts'
import { Conversation, type Snapshot } from './conversation.ts'

/** The client says this before anything else. */
const GREETING = 'hello/1\n'

export default {
  name: 'example',
  order: 500,
  probe(head, dir) {
    if (dir === 1) return 'no'
    for (let i = 0; i < GREETING.length; i++) {
      if (i === head.length) return 'more'
      if (head[i] !== GREETING.charCodeAt(i)) return 'no'
    }
    return 'yes'
  },
  open: (out, limits, start) =>
    new Conversation(out, limits, start.kind === 'restored' ? (start.snapshot as Snapshot) : null),
} satisfies ProtocolSpec

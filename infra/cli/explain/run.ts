/** `tapwire read --explain WHAT CAPTURE`: how one packet or flow was understood, layer by layer, as text. */
import type { Chain, Publish } from '#infra/runtime/chain.ts'
import type { Producer } from '#schemas/contracts/producer.ts'
import { parseIdentity } from '#schemas/records/flow.ts'
import type { Trace } from '#schemas/wire/trace.ts'
import { findConnection } from './find.ts'
import { type Chooses, Follower } from './follow.ts'
import { Layers } from './layers.ts'
import { betweenEnds, type Selection } from './selection.ts'

export interface Explaining {
  /** Reads the capture from its beginning, with one partition. */
  open(trace: Trace | null): Promise<Producer>
  /** A fresh chain that publishes everything that can be told. */
  chain(publish: Publish): Chain
  write(text: string): Promise<void>
  readonly signal: AbortSignal
}

/** How many packets and frames were explained. */
export async function explain(selection: Selection, { open, chain, write, signal }: Explaining): Promise<number> {
  const chooses = await choice(selection, open, chain, signal)
  if (chooses === null) return 0
  const layers = new Layers(packet => selection.kind !== 'packet' || packet === selection.packet)
  const follower = new Follower(chain, layers, chooses, selection.kind !== 'packet')
  await using producer = await open(layers)
  for (let read = await producer.read(signal); read !== null && !signal.aborted; read = await producer.read(signal)) {
    for (const text of follower.round(read.batches)) await write(text)
  }
  return follower.explained
}

/** Null when there is nothing of the kind. */
async function choice(
  selection: Selection,
  open: Explaining['open'],
  chain: Explaining['chain'],
  signal: AbortSignal,
): Promise<Chooses | null> {
  switch (selection.kind) {
    case 'packet':
      return ({ packet }) => packet === selection.packet
    case 'ends':
      return segment => betweenEnds(selection.ends, parseIdentity(segment.identityBytes()))
    case 'connection': {
      await using producer = await open(null)
      return await findConnection(producer, chain, selection.id, signal) // before it is closed
    }
    default:
      return selection satisfies never
  }
}

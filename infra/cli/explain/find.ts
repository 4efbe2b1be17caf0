/** Looks a connection up in a capture by its id: where its packets are. */
import type { Chain, Publish } from '#infra/runtime/chain.ts'
import type { Producer } from '#schemas/contracts/producer.ts'
import type { Chunk, Connection } from '#schemas/records/chunk.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'
import type { Chooses } from './follow.ts'

/** Null when the capture has no such connection. Otherwise chooses the packets from its first to the next one's with its name. */
export async function findConnection(
  producer: Producer,
  open: (publish: Publish) => Chain,
  id: string,
  signal: AbortSignal,
): Promise<Chooses | null> {
  const starts = new Map<string, Connection>()
  const chain = open((topic, _key, value) => {
    if (topic !== 'chunks') return
    const { connection } = value as Chunk
    starts.set(connection.id, connection)
  })
  const cursor = new Segment()
  for (let read = await producer.read(signal); read !== null && !signal.aborted; read = await producer.read(signal)) {
    for (const { batch } of read.batches) {
      cursor.reset(batch)
      while (cursor.next()) chain.process(cursor, cursor.time)
    }
  }
  const found = starts.get(id)
  if (found === undefined) return null
  const next = [...starts.values()].filter(({ key, since }) => key === found.key && since > found.since)
  const until = Math.min(...next.map(({ since }) => since))
  return ({ kind, key, time }) => kind === KIND.packet && key === found.key && time >= found.since && time < until
}

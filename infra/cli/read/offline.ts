/**
 * Reads captures without a log: producer → lanes → lines. Lines are written round by round (a round is what one `read`
 * of the producer returned), while the next rounds are already being worked on.
 */
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { type LaneOutput, mergeOutputs } from './lanes.ts'
import type { Pool } from './pool.ts'

/** Rounds on their way at once: enough to keep the threads busy, few enough to bound memory. */
const ROUNDS = 4

/** Feeds everything the producer has through the pool. Throws what the producer throws, after writing what came before. */
export async function readAll(
  producer: Producer,
  pool: Pool,
  write: (text: Uint8Array) => Promise<void>,
  progress: () => void,
  signal: AbortSignal,
): Promise<void> {
  const rounds: (readonly (LaneOutput | Promise<LaneOutput>)[])[] = []
  const writeOldest = async (): Promise<void> => {
    const text = mergeOutputs(await Promise.all(rounds.shift()!))
    if (text.length > 0) await write(text)
  }
  try {
    for (;;) {
      const captured: Captured | null = signal.aborted ? null : await producer.read(signal)
      if (captured === null) break
      rounds.push(captured.batches.map(({ partition, batch }) => pool.process(partition, batch)))
      if (rounds.length >= ROUNDS) await writeOldest()
      progress()
    }
  } finally {
    while (rounds.length > 0) await writeOldest()
  }
}

/**
 * Reads captures without a log: producer → lanes → lines. Lines are written round by round (a round is what one `read`
 * of the producer returned), while the next rounds are already being worked on.
 */
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { Merger } from './merge.ts'
import type { Pool, Round } from './pool.ts'

/** Rounds on their way at once: enough to keep the threads busy, few enough to bound memory. */
const ROUNDS = 4

/**
 * Feeds everything the producer has through the pool. Throws what the producer throws, after writing what came before.
 * `write` resolves when it has no more use for the text.
 */
export async function readAll(
  producer: Producer,
  pool: Pool,
  write: (text: Uint8Array) => Promise<void>,
  progress: () => void,
  signal: AbortSignal,
): Promise<void> {
  /** Rounds on their way, each resolved when it and all before it are written: also while the producer waits for packets. */
  const rounds: Promise<void>[] = []
  let last: Promise<void> = Promise.resolve()
  const merger = new Merger()
  const writeInTurn = (round: Round | Promise<Round>): void => {
    last = Promise.all([last, round]).then(async ([, { outputs, release }]) => {
      const text = merger.merge(outputs)
      release()
      if (text.length > 0) await write(text)
    })
    last.catch(() => {}) // thrown where it is awaited
    rounds.push(last)
  }
  try {
    for (;;) {
      const captured: Captured | null = signal.aborted ? null : await producer.read(signal)
      if (captured === null) break
      writeInTurn(pool.process(captured.batches))
      if (rounds.length >= ROUNDS) await rounds.shift()
      progress()
    }
  } finally {
    await last
  }
}

import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import { type Backoff, retry } from '../retry.ts'
import type { RoundQueue } from './queue.ts'
import type { Round } from './round.ts'
import type { Spill } from './spill.ts'
import type { IntakeStats } from './stats.ts'

export interface Appending {
  readonly bus: Pick<Bus, 'append'>
  readonly queue: RoundQueue
  readonly spill: Spill | null
  /** About how many bytes of rounds go into one append: a log that answers slowly is asked less often. */
  readonly appendBytes: number
  readonly backoff: Backoff
  readonly stats: IntakeStats
}

/**
 * Moves rounds into the log, oldest first.
 *
 *   producer ─► queue (memory) ─► spill (disk) ─► log        while anything is spilled
 *   producer ─► queue ──────────────────────────► log        otherwise
 *
 * Invariant, whenever this waits: every round beyond `appended` is in the spill or in the queue, and no round of the
 * queue that is not in the spill as well is older than one of the spill. (While rounds move from the queue to the spill
 * they are in both; some may be on their way to the log at the same time.) So the log gets rounds in the order of their
 * numbers, each once: what is met a second time is not beyond `appended`.
 */
export class Appender {
  readonly #parts: Appending
  /** Number of the last round that the log has. */
  #appended: number

  constructor(parts: Appending) {
    this.#parts = parts
    this.#appended = parts.spill?.mark ?? 0
  }

  /** True when the queue was closed and all is in the log; false when `giveUp` came first, whatever the log does then. */
  async run(giveUp: AbortSignal): Promise<boolean> {
    const { queue, spill, appendBytes } = this.#parts
    while (!giveUp.aborted) {
      if (spill !== null && !spill.empty) {
        const head = await spill.head()
        if (!(await this.#append(head.rounds, giveUp))) return false
        if (!(await this.#unlessGivenUp(() => spill.settle(head), giveUp))) return false
      } else if (!queue.empty) {
        const rounds = queue.oldest(appendBytes)
        if (!(await this.#append(rounds, giveUp))) return false
        queue.forget(rounds.at(-1)!.seq)
      } else {
        if (queue.closed) return true
        await queue.changed()
      }
      this.observe()
    }
    return queue.closed && queue.empty && (spill === null || spill.empty)
  }

  observe(): void {
    const { queue, spill, stats } = this.#parts
    stats.queuedBytes = queue.bytes
    stats.spilledBytes = spill?.bytes ?? 0
  }

  async #append(rounds: readonly Round[], giveUp: AbortSignal): Promise<boolean> {
    const { bus, spill, stats } = this.#parts
    const fresh = rounds.filter(({ seq }) => seq > this.#appended)
    const last = fresh.at(-1)
    if (last === undefined) return true
    const records: Raw[] = fresh.flatMap(round => round.records)
    const marked = spill === null ? records : [...records, spill.markOf(last.seq, last.records[0]?.time ?? 0)]
    if (!(await this.#unlessGivenUp(() => bus.append(marked), giveUp))) return false
    this.#appended = last.seq
    stats.records += records.length
    for (const { value } of records) stats.bytes += value?.length ?? 0
    return true
  }

  /** Tries again until it is done. A log that does not answer is not waited for beyond `giveUp` either. */
  async #unlessGivenUp(call: () => Promise<void>, giveUp: AbortSignal): Promise<boolean> {
    const { promise: given, resolve } = Promise.withResolvers<'given up'>()
    const aborted = (): void => resolve('given up')
    giveUp.addEventListener('abort', aborted, { once: true })
    const done = retry(call, giveUp, this.#parts.backoff)
    try {
      return (await Promise.race([done, given])) !== 'given up'
    } catch (error) {
      if (error instanceof Retryable && giveUp.aborted) return false
      throw error
    } finally {
      giveUp.removeEventListener('abort', aborted)
      done.catch(() => {}) // of a log that was no longer waited for
    }
  }
}

/**
 * Moves what a producer captures into the log: segments and the producer's position in one atomic append, so that a
 * restart goes on exactly where the log ends. A log that refuses (`Retryable`) makes the producer wait; nothing that it
 * has read is dropped.
 */
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { type Backoff, retry } from './retry.ts'

/** How long a producer that is reading may take to answer an abort. */
const ABORT_PATIENCE_MS = 300

export interface IntakeStats {
  records: number
  bytes: number
  /** Appends that had to wait, by reason. */
  readonly refused: Map<string, number>
  finished: boolean
}

export interface Intake {
  readonly producer: Producer
  readonly bus: Bus
  encode(captured: Captured): readonly Raw[]
  readonly backoff: Backoff
  readonly stats: IntakeStats
}

/** Runs until the producer ends (true) or `signal` aborts (false). An error of the input itself is thrown at the end. */
export async function runIntake(intake: Intake, signal: AbortSignal): Promise<boolean> {
  const { producer, bus, stats } = intake
  const backoff: Backoff = {
    ...intake.backoff,
    onRetry: (error, tries, wait) => {
      stats.refused.set(error.reason, (stats.refused.get(error.reason) ?? 0) + 1)
      intake.backoff.onRetry?.(error, tries, wait)
    },
  }
  while (!signal.aborted) {
    const captured = await readUnless(producer, signal)
    if (captured === 'aborted') return false
    if (captured === null) {
      stats.finished = true
      return true
    }
    const records = intake.encode(captured)
    if (records.length === 0) continue
    if (!(await appended(() => bus.append(records), signal, backoff))) return false
    stats.records += records.length
    for (const record of records) stats.bytes += record.value?.length ?? 0
  }
  return false
}

/** False: stopped while the log was full. The stored position stands before these records: they are read again. */
async function appended(append: () => Promise<void>, signal: AbortSignal, backoff: Backoff): Promise<boolean> {
  try {
    await retry(append, signal, backoff)
    return true
  } catch (error) {
    if (error instanceof Retryable && signal.aborted) return false
    throw error
  }
}

/**
 * A producer that waits (for its pace, for packets) may answer an abort by throwing, or with what it has. One that does
 * neither in time is left alone: what it reads after all is not stored, and read again at the next start.
 */
async function readUnless(producer: Producer, signal: AbortSignal): Promise<Captured | null | 'aborted'> {
  const { promise, resolve } = Promise.withResolvers<'aborted'>()
  let timer: NodeJS.Timeout | undefined
  const aborted = (): void => {
    timer = setTimeout(resolve, ABORT_PATIENCE_MS, 'aborted')
  }
  signal.addEventListener('abort', aborted, { once: true })
  try {
    return await Promise.race([producer.read(signal), promise])
  } catch (error) {
    if (signal.aborted) return 'aborted'
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', aborted)
  }
}

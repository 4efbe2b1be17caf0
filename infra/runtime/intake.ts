/**
 * Moves what a producer captures into the log: segments and the producer's position in one atomic append, so that a
 * restart goes on exactly where the log ends. While the log refuses (`Retryable`) or is slow, a source that keeps its data
 * waits, and nothing that was read is dropped; live sources are read on (intake/shed.ts).
 */
import type { Bus, Raw } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { readUnless } from './intake/reading.ts'
import { runShed, type Shedding } from './intake/shed.ts'
import type { IntakeStats } from './intake/stats.ts'
import { type Backoff, retry } from './retry.ts'

export { emptyIntakeStats, type IntakeStats } from './intake/stats.ts'

export interface Intake {
  readonly producer: Producer
  /** Or a `Writer` of it, that nobody else has. When it throws `Retryable`, the same records come again next. */
  readonly bus: Pick<Bus, 'append'>
  /** What it returns does not share memory with `captured`. */
  encode(captured: Captured): readonly Raw[]
  readonly backoff: Backoff
  readonly stats: IntakeStats
  /** Default: the producer waits. */
  readonly flow?: { readonly kind: 'wait' } | Shedding
}

/**
 * Runs until the producer has ended and all is in the log (true), or until `signal` aborts (false). An error of the input
 * itself is thrown at the end.
 */
export async function runIntake(intake: Intake, signal: AbortSignal): Promise<boolean> {
  const counted: Intake = { ...intake, backoff: counting(intake) }
  return intake.flow?.kind === 'shed' ? runShed(counted, intake.flow, signal) : runWaiting(counted, signal)
}

async function runWaiting({ producer, bus, encode, backoff, stats }: Intake, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const captured = await readUnless(producer, signal)
    if (captured === 'aborted') return false
    if (captured === null) {
      stats.finished = true
      return true
    }
    const records = encode(captured)
    if (records.length === 0) continue
    if (!(await appended(() => bus.append(records), signal, backoff))) return false
    stats.records += records.length
    for (const record of records) stats.bytes += record.value?.length ?? 0
  }
  return false
}

function counting({ backoff, stats }: Intake): Backoff {
  return {
    ...backoff,
    onRetry: (error, tries, wait) => {
      stats.refused.set(error.reason, (stats.refused.get(error.reason) ?? 0) + 1)
      stats.waitedMs += wait
      backoff.onRetry?.(error, tries, wait)
    },
  }
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

import type { Backoff } from '#infra/runtime/retry.ts'
import type { Supervision } from '#infra/runtime/supervise.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import { monotone } from './clock.ts'
import type { NodeEvents } from './plan.ts'

/** Three crashes within a minute are bad luck; a fourth is a fault that a restart does not mend. */
export function supervisionOf(what: string, events: NodeEvents): Supervision {
  return {
    crashes: 3,
    windowMs: 60_000,
    waitMs: 200,
    clock: monotone,
    onCrash: (error, crashes) =>
      error instanceof Retryable
        ? events.warn(`${what} waits: ${error.reason}`, error)
        : events.warn(`${what} crashed (${crashes} of at most 3 times a minute) and is started again`, error),
  }
}

/** For whoever waits: for room in the log, for the other side of a sink. */
export function backoffOf(events: NodeEvents): Backoff {
  return {
    firstMs: 50,
    maxMs: 5000,
    onRetry: (error, tries, wait) =>
      events.warn(`${error.reason}: try ${tries} failed, waiting ${Math.round(wait)} ms`, error),
  }
}

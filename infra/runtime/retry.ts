import { setTimeout as delay } from 'node:timers/promises'
import { Retryable } from '#schemas/contracts/errors.ts'

export interface Backoff {
  /** Milliseconds before the second try; doubles from try to try. */
  readonly firstMs: number
  readonly maxMs: number
  /** Called before each wait: count it, log it. */
  readonly onRetry?: (error: Retryable, tries: number, waitMs: number) => void
  /** For tests. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Repeats `call` while it throws `Retryable`, until `signal` aborts (then the last error is thrown). */
export async function retry<T>(call: () => Promise<T>, signal: AbortSignal, backoff: Backoff): Promise<T> {
  const sleep =
    backoff.sleep ?? ((ms: number, stop: AbortSignal) => delay(ms, undefined, { signal: stop }).catch(() => {}))
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof Retryable) || signal.aborted) throw error
      // Jitter between half and full: two clients that failed together do not come back together.
      const exponential = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(tries - 1, 30))
      const wait = error.retryAfter ?? exponential * (0.5 + Math.random() / 2)
      backoff.onRetry?.(error, tries, wait)
      await sleep(wait, signal)
      if (signal.aborted) throw error
    }
  }
}

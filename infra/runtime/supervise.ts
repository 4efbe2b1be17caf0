import { setTimeout as delay } from 'node:timers/promises'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'

export interface Supervision {
  /** More crashes than this within `windowMs` and the error is thrown on. */
  readonly crashes: number
  readonly windowMs: number
  readonly waitMs: number
  readonly clock: () => number
  readonly onCrash: (error: unknown, crashes: number) => void
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Runs `work` again when it crashes, or when it throws `Retryable`. Losing ownership (`Fenced`) is no crash: it ends the work. */
export async function supervise(work: () => Promise<void>, signal: AbortSignal, options: Supervision): Promise<void> {
  const sleep =
    options.sleep ?? ((ms: number, stop: AbortSignal) => delay(ms, undefined, { signal: stop }).catch(() => {}))
  let crashes: number[] = []
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Fenced || signal.aborted) return
      if (error instanceof Retryable) {
        // What it stands on is away: that is no crash, however long it lasts.
        options.onCrash(error, crashes.length)
        await sleep(error.retryAfter ?? options.waitMs, signal)
        if (signal.aborted) return
        continue
      }
      const now = options.clock()
      crashes = [...crashes.filter(at => now - at < options.windowMs), now]
      options.onCrash(error, crashes.length)
      if (crashes.length > options.crashes) throw error
      await sleep(options.waitMs * crashes.length, signal)
      if (signal.aborted) return
    }
  }
}

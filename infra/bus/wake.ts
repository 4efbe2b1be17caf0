/** Lets pollers sleep until something was written, by this thread or by another thread that shares the counter. */
export interface Wake {
  /** Changes with every `signal`. Read it before looking for records, so that no write falls between look and wait. */
  current(): number
  /** Something was written. */
  signal(): void
  /** Resolves when the counter differs from `seen`, after `ms`, or when `abort` fires; whichever comes first. */
  wait(seen: number, ms: number, abort: AbortSignal): Promise<void>
}

/** `counter` is four bytes; hand the same buffer to every thread. */
export function openWake(counter: SharedArrayBuffer): Wake {
  const cell = new Int32Array(counter)
  return {
    current: () => Atomics.load(cell, 0),
    signal: () => {
      Atomics.add(cell, 0, 1)
      Atomics.notify(cell, 0)
    },
    wait: (seen, ms, abort) => waitFor(cell, seen, ms, abort),
  }
}

async function waitFor(cell: Int32Array, seen: number, ms: number, abort: AbortSignal): Promise<void> {
  if (abort.aborted) return
  const change = Atomics.waitAsync(cell, 0, seen, ms)
  if (!change.async) return
  const stop = Promise.withResolvers<void>()
  // A pending waitAsync does not keep the process alive; this timer does, and is the fallback where no notify arrives.
  const timer = setTimeout(stop.resolve, ms)
  const onAbort = (): void => stop.resolve()
  abort.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([change.value, stop.promise])
  } finally {
    clearTimeout(timer)
    abort.removeEventListener('abort', onAbort)
  }
}

/** One target for a bounded time, in a thread of its own with a watchdog and a memory limit. */
import { Worker } from 'node:worker_threads'

export interface Options {
  readonly seed: number
  /** How long inputs are made; what is in the corpus runs in any case. Default: until `runs` are done. */
  readonly seconds?: number
  /** How many inputs are made at most. */
  readonly runs?: number
  /** Only this input. */
  readonly only?: Uint8Array
  /** A run that takes longer hangs. */
  readonly hangMs?: number
}

export interface Finding {
  readonly kind: 'throws' | 'hangs' | 'dies'
  /** Minimised if it throws. */
  readonly input: Uint8Array
  readonly message: string
}

export interface Answer {
  readonly executions: number
  readonly finding: Finding | null
}

/** What the thread is given. */
export interface Job {
  readonly file: string
  readonly seed: number
  readonly seconds: number
  readonly runs: number
  readonly maxLength: number
  readonly only: Uint8Array | null
  /** [runs begun, length of the input of the last one] */
  readonly counters: Int32Array<SharedArrayBuffer>
  readonly input: SharedArrayBuffer
}

const HANG_MS = 5_000
const MAX_INPUT = 64 * 1024
/** Of the thread's heap; what one run keeps is a fraction of it. Typed arrays are not part of it. */
const MEMORY_MB = 256

export function fuzz(
  file: string,
  { seed, seconds = Number.POSITIVE_INFINITY, runs = Number.POSITIVE_INFINITY, only, hangMs = HANG_MS }: Options,
): Promise<Answer> {
  const counters = new Int32Array(new SharedArrayBuffer(8))
  const input = new SharedArrayBuffer(MAX_INPUT)
  const job: Job = { file, seed, seconds, runs, maxLength: MAX_INPUT, only: only ?? null, counters, input }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  const last = (kind: Finding['kind'], message: string): Answer => ({
    executions: counters[0]!,
    finding: { kind, input: Uint8Array.from(new Uint8Array(input, 0, counters[1]!)), message },
  })
  return new Promise(resolve => {
    let seen = 0
    let since = performance.now()
    const watchdog = setInterval(() => {
      const runs = Atomics.load(counters, 0)
      if (runs !== seen || runs === 0) [seen, since] = [runs, performance.now()]
      else if (performance.now() - since > hangMs) settle(last('hangs', `one run took longer than ${hangMs} ms`))
    }, hangMs / 10)
    const settle = (answer: Answer): void => {
      clearInterval(watchdog)
      void worker.terminate()
      resolve(answer)
    }
    worker.on('message', settle)
    worker.on('error', error =>
      settle(last('dies', error instanceof Error ? (error.stack ?? error.message) : String(error))),
    )
    worker.on('exit', code => settle(last('dies', `the thread ended with code ${code}`)))
  })
}

/** Starts worker threads: `thread-entry.ts` is what they run first. */
import module from 'node:module'
import { type MessagePort, Worker, type WorkerOptions } from 'node:worker_threads'

/** What a thread's module exports as `main`. `data` is what it was started with. */
export type ThreadMain = (data: unknown, port: MessagePort) => void | Promise<void>

export interface ThreadStart {
  readonly module: string
  readonly compileCache: string | undefined
  readonly data: unknown
}

/** `work`: URL of a module that exports a `ThreadMain` named `main`. */
export function startThread(work: URL, data: unknown, options: WorkerOptions = {}): Worker {
  const start: ThreadStart = { module: work.href, compileCache: module.getCompileCacheDir(), data }
  return new Worker(new URL('./thread-entry.ts', import.meta.url), { ...options, workerData: start })
}

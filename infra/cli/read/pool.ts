/** Lanes in this thread, or spread over worker threads: partition p belongs to worker p % workers. */
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { Ledger } from '#schemas/records/ledger.ts'
import type { SegmentBatch } from '#schemas/records/segment.ts'
import type { Components } from '../components.ts'
import { emptyTally, mergeTally } from '../tally.ts'
import { startThread } from '../thread.ts'
import { type LaneOptions, type LaneOutput, type LaneReport, Lanes } from './lanes.ts'

export interface Pool {
  /** The batch's frame is given away. */
  process(partition: number, batch: SegmentBatch): LaneOutput | Promise<LaneOutput>
  /** Ends the threads and says what they counted. */
  finish(): Promise<LaneReport>
}

/**
 * Threads that load what they need while the caller is still finding out what to do with them. None for one worker: then
 * the caller's own thread does the work.
 */
export function startThreads(workers: number): readonly Worker[] {
  const work = new URL('./worker.ts', import.meta.url)
  return workers < 2 ? [] : Array.from({ length: workers }, () => startThread(work, null, { resourceLimits }))
}

export function openPool(components: Components, options: LaneOptions, threads: readonly Worker[]): Pool {
  if (threads.length > 0) return new WorkerPool(options, threads)
  const lanes = new Lanes(components, options)
  return { process: (partition, batch) => lanes.process(partition, batch), finish: async () => lanes.report() }
}

/** First the options, then jobs; null ends it. */
export type ToWorker =
  | { readonly options: LaneOptions }
  | { readonly partition: number; readonly batch: SegmentBatch }
  | null

/** What a worker answers, in the order of its jobs; the report comes last. */
export type Answer = { readonly output: LaneOutput } | { readonly report: LaneReport }

interface Waiting {
  readonly resolve: (output: LaneOutput) => void
  readonly reject: (error: Error) => void
}

/** More room for young objects makes a thread no faster, only larger. */
const resourceLimits = { maxYoungGenerationSizeMb: 24 }

class WorkerPool implements Pool {
  readonly #workers: readonly Worker[]
  readonly #waiting: Waiting[][]
  readonly #reports: Promise<LaneReport>[]

  constructor(options: LaneOptions, threads: readonly Worker[]) {
    this.#workers = threads
    for (const worker of threads) worker.postMessage({ options } satisfies ToWorker)
    this.#waiting = this.#workers.map(() => [])
    this.#reports = this.#workers.map((worker, i) => this.#listen(worker, i))
    for (const report of this.#reports) report.catch(() => {}) // said again by finish()
  }

  process(partition: number, batch: SegmentBatch): Promise<LaneOutput> {
    const i = partition % this.#workers.length
    return new Promise((resolve, reject) => {
      this.#waiting[i]!.push({ resolve, reject })
      this.#workers[i]!.postMessage({ partition, batch } satisfies ToWorker, [batch.frame.buffer as ArrayBuffer])
    })
  }

  async finish(): Promise<LaneReport> {
    for (const worker of this.#workers) worker.postMessage(null satisfies ToWorker)
    const reports = await Promise.all(this.#reports)
    const ledger = new Ledger()
    const tally = emptyTally()
    const counts = new Map<string, number>()
    for (const report of reports) {
      ledger.merge(report.ledger)
      mergeTally(tally, report.tally)
      for (const [name, n] of report.counts) counts.set(name, (counts.get(name) ?? 0) + n)
    }
    return { ledger: ledger.counts(), tally, counts, errors: reports.flatMap(report => report.errors) }
  }

  async #listen(worker: Worker, i: number): Promise<LaneReport> {
    let report: LaneReport | null = null
    worker.on('message', (answer: Answer) => {
      if ('report' in answer) report = answer.report
      else this.#waiting[i]!.shift()!.resolve(answer.output)
    })
    const failed = new Promise<never>((_, reject) => worker.once('error', reject))
    try {
      await Promise.race([once(worker, 'exit'), failed])
    } catch (error) {
      for (const { reject } of this.#waiting[i]!.splice(0)) reject(error as Error)
      throw error
    }
    if (report === null) throw new Error('a worker thread ended without its report')
    return report
  }
}

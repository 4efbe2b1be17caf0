/** Lanes in this thread, or spread over worker threads: partition p belongs to worker p % workers. */
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { Ledger } from '#schemas/records/ledger.ts'
import type { Components } from '../components.ts'
import { emptyTally, mergeTally } from '../tally.ts'
import { startThread } from '../thread.ts'
import { type Batches, FrameMemory } from './frames.ts'
import { type LaneOptions, type LaneReport, Lanes } from './lanes.ts'
import { type LaneOutput, type LineMemory, Lines, newLineMemory, outputsOf, type Section } from './lines.ts'

/** What one round gave. */
export interface Round {
  readonly outputs: readonly LaneOutput[]
  /** Says that nobody looks at the outputs any more: their memory is used again. */
  release(): void
}

export interface Pool {
  /** The frames of the batches may be used again when this returns. */
  process(batches: Batches): Round | Promise<Round>
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
  return new OwnThread(new Lanes(components, options))
}

class OwnThread implements Pool {
  readonly #lanes: Lanes
  readonly #free: LineMemory[] = []

  constructor(lanes: Lanes) {
    this.#lanes = lanes
  }

  process(batches: Batches): Round {
    const lines = new Lines(this.#free.pop() ?? newLineMemory())
    for (const { partition, batch } of batches) this.#lanes.process(partition, batch, lines)
    const { memory, sections } = lines
    return { outputs: outputsOf(memory, sections), release: () => this.#free.push(memory) }
  }

  async finish(): Promise<LaneReport> {
    return this.#lanes.report()
  }
}

/** First the options, then rounds; null ends it. */
export type ToWorker =
  | { readonly options: LaneOptions }
  | { readonly batches: Batches; readonly memory: LineMemory }
  | null

export interface Answered {
  /** The memory that came with the round, or larger one. */
  readonly memory: LineMemory
  readonly sections: readonly Section[]
}

/** What a worker answers, in the order of its rounds; the report comes last. */
export type Answer = Answered | { readonly report: LaneReport }

interface Waiting {
  readonly resolve: (answer: Answered) => void
  readonly reject: (error: Error) => void
}

/** What a worker needs for a round. There are as many as there were rounds on their way at once. */
interface Slot {
  readonly frames: FrameMemory
  lines: LineMemory
}

/** More room for young objects makes a thread no faster, only larger. */
const resourceLimits = { maxYoungGenerationSizeMb: 24 }

class WorkerPool implements Pool {
  readonly #workers: readonly Worker[]
  readonly #waiting: Waiting[][]
  readonly #free: Slot[] = []
  readonly #reports: Promise<LaneReport>[]

  constructor(options: LaneOptions, threads: readonly Worker[]) {
    this.#workers = threads
    for (const worker of threads) worker.postMessage({ options } satisfies ToWorker)
    this.#waiting = this.#workers.map(() => [])
    this.#reports = this.#workers.map((worker, i) => this.#listen(worker, i))
    for (const report of this.#reports) report.catch(() => {}) // said again by finish()
  }

  async process(batches: Batches): Promise<Round> {
    const parts = await Promise.all(
      this.#workers.map((_, i) =>
        this.#ask(
          i,
          batches.filter(({ partition }) => partition % this.#workers.length === i),
        ),
      ),
    )
    return {
      outputs: parts.flatMap(part => part.outputs),
      release: () => {
        for (const part of parts) part.release()
      },
    }
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

  async #ask(i: number, batches: Batches): Promise<Round> {
    if (batches.length === 0) return { outputs: [], release: () => {} }
    const slot = this.#free.pop() ?? { frames: new FrameMemory(), lines: newLineMemory() }
    const { promise, resolve, reject } = Promise.withResolvers<Answered>()
    this.#waiting[i]!.push({ resolve, reject })
    this.#workers[i]!.postMessage({ batches: slot.frames.hold(batches), memory: slot.lines } satisfies ToWorker)
    const { memory, sections } = await promise
    slot.lines = memory
    return { outputs: outputsOf(memory, sections), release: () => this.#free.push(slot) }
  }

  async #listen(worker: Worker, i: number): Promise<LaneReport> {
    let report: LaneReport | null = null
    worker.on('message', (answer: Answer) => {
      if ('report' in answer) report = answer.report
      else this.#waiting[i]!.shift()!.resolve(answer)
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

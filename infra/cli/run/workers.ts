/** Processing in worker threads, or in this thread when there is only one worker. */
import type { Worker } from 'node:worker_threads'
import type { Bus } from '#schemas/contracts/bus.ts'
import type { Processors } from '../components.ts'
import { sumCounts } from '../sum-counts.ts'
import { emptyTally, mergeTally, type TallyCounts } from '../tally.ts'
import { startThread } from '../thread.ts'
import { monotone } from './clock.ts'
import { masker } from './masking.ts'
import type { FromWorker, NodeEvents, ProcessingPlan, ToWorker, WorkerPlan, Workers } from './plan.ts'
import { type PartitionReport, Processing } from './processing.ts'
import { segmentsTask } from './segments-task.ts'
import { backoffOf, supervisionOf } from './supervision.ts'

/** In this thread, on this bus. */
export function localWorkers(bus: Bus, processors: Processors, plan: ProcessingPlan, events: NodeEvents): Workers {
  const tally = emptyTally()
  const spec = segmentsTask(processors, plan.processors, tally, masker(plan.masking))
  const processing = new Processing(bus, {
    spec,
    limits: plan.limits,
    partitions: plan.partitions,
    supervision: supervisionOf('processing', events),
    backoff: backoffOf(events),
    clock: monotone,
  })
  return {
    done: processing.done,
    reports: () => processing.reports(),
    tally: () => tally,
    logCounts: () => ({}),
    configure: config => spec.open.configure(config),
    stop: () => processing.stop(),
  }
}

/** One thread per plan, each with its own handle on the log. */
export function threadWorkers(plans: readonly WorkerPlan[], events: NodeEvents): Workers {
  const threads = plans.map(plan => new Thread(plan, events))
  const done = Promise.all(threads.map(thread => thread.done)).then(() => {})
  done.catch(() => {}) // reported where it is awaited
  return {
    done,
    reports: () => threads.flatMap(thread => thread.reports),
    tally: () => {
      const tally = emptyTally()
      for (const thread of threads) mergeTally(tally, thread.tally)
      return tally
    },
    logCounts: () => sumCounts(threads.map(thread => thread.logCounts)),
    configure: config => {
      for (const thread of threads) thread.send({ configure: config })
    },
    stop: async () => {
      for (const thread of threads) thread.send('stop')
      // All of them, also when one died: the log's owner must close it last.
      await Promise.allSettled(threads.map(thread => thread.done))
      await done
    },
  }
}

class Thread {
  reports: readonly PartitionReport[] = []
  tally: TallyCounts = emptyTally()
  logCounts: Readonly<Record<string, number>> = {}
  readonly done: Promise<void>
  readonly #worker: Worker

  constructor(plan: WorkerPlan, events: NodeEvents) {
    this.#worker = startThread(new URL('./worker.ts', import.meta.url), plan)
    this.done = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromWorker) => {
        if ('warning' in message) events.warn(message.warning, message.error)
        else ({ reports: this.reports, tally: this.tally, logCounts: this.logCounts } = message)
      })
      this.#worker.once('error', reject)
      this.#worker.once('exit', code =>
        code === 0 ? resolve() : reject(new Error(`a worker thread ended with code ${code}`)),
      )
    })
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}

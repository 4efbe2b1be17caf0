/** What the parts of a node agree on. */
import type { EmbeddedShare } from '#infra/bus/embedded/index.ts'
import type { TaskLimits } from '#infra/runtime/task.ts'
import type { TallyCounts } from '../tally.ts'
import type { KafkaPlan } from './kafka.ts'
import type { MaskingPlan } from './masking.ts'
import type { PartitionReport } from './processing.ts'

export interface NodeEvents {
  /** Something went wrong and is being handled: one line for the operator. */
  warn(what: string, error: unknown): void
}

/** Processing, wherever it runs. */
export interface Workers {
  /** Rejects when a task crashed too often. */
  readonly done: Promise<void>
  reports(): readonly PartitionReport[]
  tally(): TallyCounts
  /** Counters of logs that its threads opened for themselves. */
  logCounts(): Readonly<Record<string, number>>
  /** Another configuration of the processors, checked: it holds from the next value on, for those that can take one. */
  configure(processors: Readonly<Record<string, unknown>>): void
  /** Ends with a checkpoint. */
  stop(): Promise<void>
}

export interface ProcessingPlan {
  /** Configuration by processor. */
  readonly processors: Readonly<Record<string, unknown>>
  readonly masking: MaskingPlan
  readonly limits: TaskLimits
  /** Of the segments topic; `assigned`: those that the group gives to this member. */
  readonly partitions: readonly number[] | 'assigned'
}

/** What a worker thread is started with: plain data (with a SharedArrayBuffer inside `log`). */
export interface WorkerPlan extends ProcessingPlan {
  /** Lets the thread use the log that the main thread holds, or a cluster by itself. */
  readonly log: { readonly embedded: EmbeddedShare } | { readonly kafka: KafkaPlan }
}

export type ToWorker = 'stop' | { readonly configure: Readonly<Record<string, unknown>> }
export type FromWorker =
  | {
      readonly reports: readonly PartitionReport[]
      readonly tally: TallyCounts
      readonly logCounts: Readonly<Record<string, number>>
    }
  | { readonly warning: string; readonly error: unknown }

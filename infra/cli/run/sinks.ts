/** Runs the configured sinks: one supervised membership per sink and topic, one call at a time per sink. */

import { type DeliveryStats, runDelivery } from '#infra/runtime/delivery.ts'
import type { Backoff } from '#infra/runtime/retry.ts'
import { type Supervision, supervise } from '#infra/runtime/supervise.ts'
import type { Bus, Lease, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import type { Sink } from '#schemas/contracts/sink.ts'
import { aborted } from './aborted.ts'

export interface SinkRun {
  /** Name in the configuration: decides the consumer group, so that renaming a sink starts it over. */
  readonly name: string
  readonly topics: readonly string[]
  readonly sink: Sink<unknown>
  readonly batchBytes: number
}

export interface SinksOptions {
  decode(topic: string, record: LogRecord): unknown
  dead(sink: string, topic: string, partition: number, record: LogRecord, reason: string, message: string): Raw
  readonly backoff: Backoff
  readonly supervision: Supervision
}

export function groupOf(sink: string): string {
  return `sink.${sink}`
}

export class Sinks {
  readonly #stop = new AbortController()
  readonly stats: ReadonlyMap<string, DeliveryStats>
  readonly done: Promise<void>

  constructor(bus: Bus, sinks: readonly SinkRun[], options: SinksOptions) {
    this.stats = new Map(sinks.map(({ name }) => [name, { delivered: 0, refused: 0, retried: 0 }]))
    const runs = sinks.flatMap(run => {
      const shared = oneAtATime(run.sink)
      return run.topics.map(topic =>
        supervise(
          () => this.#deliver(bus, { ...run, sink: shared }, topic, options),
          this.#stop.signal,
          options.supervision,
        ),
      )
    })
    this.done = Promise.all(runs).then(() => {})
    this.done.catch(() => {}) // reported where it is awaited
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.done
  }

  async #deliver(bus: Bus, run: SinkRun, topic: string, options: SinksOptions): Promise<void> {
    const { name, sink, batchBytes } = run
    const deliver = (lease: Lease): Promise<void> => {
      const dead = (record: LogRecord, reason: string, message: string): Raw =>
        options.dead(name, topic, lease.partition, record, reason, message)
      const stats = this.stats.get(name)!
      const delivery = { sink, decode: options.decode, dead, batchBytes, backoff: options.backoff, stats }
      return runDelivery(delivery, lease, this.#stop.signal)
    }
    await using membership = await bus.join(groupOf(name), topic, deliver)
    await Promise.race([membership.done, aborted(this.#stop.signal)])
  }
}

/** A sink is written to by several partitions: each batch waits for the one before. */
function oneAtATime<V>(sink: Sink<V>): Sink<V> {
  let last: Promise<unknown> = Promise.resolve()
  return {
    write: (batch, signal) => {
      const turn = last.then(() => sink.write(batch, signal))
      last = turn.catch(() => {})
      return turn
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  }
}

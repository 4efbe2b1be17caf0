/** Runs the configured sinks: one supervised membership per sink and topic, and one way out per sink. No sink waits for another. */

import { type DeliveryStats, runDelivery } from '#infra/runtime/delivery/index.ts'
import { Outlet } from '#infra/runtime/delivery/outlet.ts'
import type { Backoff } from '#infra/runtime/retry.ts'
import { type Supervision, supervise } from '#infra/runtime/supervise.ts'
import type { DeliveryConfig } from '#schemas/config/delivery.ts'
import type { Bus, Lease, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import type { Sink } from '#schemas/contracts/sink.ts'
import { aborted } from './aborted.ts'
import type { NodeEvents } from './plan.ts'

export interface SinkRun {
  /** Name in the configuration: decides the consumer group, so that renaming a sink starts it over. */
  readonly name: string
  readonly topics: readonly string[]
  readonly sink: Sink<unknown>
  readonly delivery: DeliveryConfig
}

export interface SinksOptions {
  decode(topic: string, record: LogRecord): unknown
  dead(sink: string, topic: string, partition: number, record: LogRecord, reason: string, message: string): Raw
  /** For the log. */
  readonly backoff: Backoff
  readonly supervision: Supervision
  readonly events: NodeEvents
}

export function groupOf(sink: string): string {
  return `sink.${sink}`
}

/** What one sink has done so far. */
interface Running {
  readonly outlet: Outlet<unknown>
  readonly stats: DeliveryStats
  /** By topic and partition: capture time of what is waiting, µs. */
  readonly waiting: Map<string, number>
}

export class Sinks {
  readonly #stop = new AbortController()
  readonly #running: ReadonlyMap<string, Running>
  readonly done: Promise<void>

  constructor(bus: Bus, sinks: readonly SinkRun[], options: SinksOptions) {
    this.#running = new Map(sinks.map(run => [run.name, running(run, options.events)]))
    const runs = sinks.flatMap(run =>
      run.topics.map(topic =>
        supervise(() => this.#deliver(bus, run, topic, options), this.#stop.signal, options.supervision),
      ),
    )
    this.done = Promise.all(runs).then(() => {})
    this.done.catch(() => {}) // reported where it is awaited
  }

  /** Monotone counters and levels by sink. `now`: µs since 1970. */
  observe(now: number): ReadonlyMap<string, { readonly counts: Counts; readonly gauges: Counts }> {
    return new Map(
      [...this.#running].map(([name, { outlet, stats, waiting }]) => {
        const oldest = Math.min(now, ...waiting.values())
        const gauges = { ...outlet.levels, 'oldest.seconds': (now - oldest) / 1e6 }
        return [name, { counts: { ...stats, ...outlet.counts }, gauges }]
      }),
    )
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.done
  }

  async #deliver(bus: Bus, run: SinkRun, topic: string, options: SinksOptions): Promise<void> {
    const { name, delivery: config } = run
    const { outlet, stats, waiting } = this.#running.get(name)!
    const deliver = async (lease: Lease): Promise<void> => {
      const dead = (record: LogRecord, reason: string, message: string): Raw =>
        options.dead(name, topic, lease.partition, record, reason, message)
      const place = `${topic}/${lease.partition}`
      const note = (since: number | null): void => {
        if (since === null) waiting.delete(place)
        else waiting.set(place, since)
      }
      const { decode, backoff } = options
      try {
        await runDelivery({ outlet, config, decode, dead, backoff, stats, waiting: note }, lease, this.#stop.signal)
      } finally {
        note(null)
      }
    }
    await using membership = await bus.join(groupOf(name), topic, deliver)
    await Promise.race([membership.done, aborted(this.#stop.signal)])
  }
}

type Counts = Readonly<Record<string, number>>

function running({ name, sink, delivery }: SinkRun, events: NodeEvents): Running {
  const outlet = new Outlet(sink, delivery, {
    retry: (error, failures, wait) =>
      events.warn(`sink ${name}: ${error.reason}: try ${failures} failed, waiting ${Math.round(wait)} ms`, error),
    circuit: state =>
      events.warn(
        state === 'open'
          ? `sink ${name}: the other side is away; the log keeps its records, one try at a time asks for it`
          : `sink ${name}: the other side is there again`,
        null,
      ),
  })
  return { outlet, stats: { delivered: 0, refused: 0 }, waiting: new Map() }
}

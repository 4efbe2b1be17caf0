/**
 * What a node measures, for Prometheus. The node keeps its own plain numbers; they are looked at when somebody asks, so
 * that measuring costs nothing in between.
 *
 *   tapwire_bytes_captured_total · tapwire_bytes_total{fate} · tapwire_bytes_pending · tapwire_bytes_missing_total
 *   tapwire_stage_total{stage,name} · tapwire_stage_entries{stage}
 *   tapwire_partition_lag_records{partition} · tapwire_partition_stream_time_seconds{partition}
 *   tapwire_component_total{kind,component,name} · tapwire_component_level{kind,component,name}
 *   tapwire_metrics_dropped_total, and prom-client's of the process
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { Ledger, type LedgerCounts, REASONS } from '#schemas/records/ledger.ts'

/** A node at one moment. Counters are absolute; one that went back was restarted. */
export interface Observed {
  readonly ledger: LedgerCounts
  readonly partitions: readonly ObservedPartition[]
  readonly components: readonly ObservedComponent[]
}

export interface ObservedPartition {
  readonly partition: number
  /** Records that are in the log and not processed; null when it is not known. */
  readonly lag: number | null
  /** µs; 0 before the first record. */
  readonly streamTime: number
  /** `<stage>.<counter>`, as `ctx.count` names them. */
  readonly counts: ReadonlyMap<string, number>
  /** Entries of keyed state, by stage. */
  readonly entries: ReadonlyMap<string, number>
}

export interface ObservedComponent {
  readonly kind: 'producer' | 'sink' | 'log'
  readonly name: string
  readonly counts: Readonly<Record<string, number>>
  /** What goes up and down. */
  readonly gauges?: Readonly<Record<string, number>>
}

export interface Metrics {
  readonly contentType: string
  /** The exposition of this moment. */
  text(): Promise<string>
}

/** Series per metric. Names come from code and configuration; should one ever come from input, this is where it ends. */
const MAX_SERIES = 2000

export function nodeMetrics(observe: () => Observed | Promise<Observed>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const family = new Family(registry)
  const captured = family.counter('tapwire_bytes_captured_total', 'Bytes of all captured frames')
  const bytes = family.counter('tapwire_bytes_total', 'What became of captured bytes', ['fate'])
  const missing = family.counter(
    'tapwire_bytes_missing_total',
    'Bytes that were on the wire and never seen by processing',
  )
  const pending = family.gauge('tapwire_bytes_pending', 'Captured bytes whose fate is not decided yet')
  const stages = family.counter('tapwire_stage_total', 'Counters of the processing stages', ['stage', 'name'])
  const entries = family.gauge('tapwire_stage_entries', 'Entries of keyed state', ['stage'])
  const lag = family.gauge('tapwire_partition_lag_records', 'Records not yet processed', ['partition'])
  const time = family.gauge('tapwire_partition_stream_time_seconds', 'Highest capture time seen', ['partition'])
  const components = family.counter('tapwire_component_total', 'Counters of producers, sinks and the log', [
    'kind',
    'component',
    'name',
  ])
  const levels = family.gauge('tapwire_component_level', 'Levels of producers, sinks and the log', [
    'kind',
    'component',
    'name',
  ])

  return {
    contentType: registry.contentType,
    async text() {
      const observed = await observe()
      const ledger = Ledger.of(observed.ledger)
      captured.set([], ledger.get('captured'))
      missing.set([], ledger.get('missing'))
      pending.set([], ledger.pending)
      for (const reason of REASONS) {
        if (reason !== 'captured' && reason !== 'missing') bytes.set([reason], ledger.get(reason))
      }
      const sizes = new Map<string, number>()
      for (const { partition, counts, ...rest } of observed.partitions) {
        for (const [path, value] of counts) stages.advance(split(path), value, `partition ${partition}`)
        for (const [stage, size] of rest.entries) sizes.set(stage, (sizes.get(stage) ?? 0) + size)
        time.set([String(partition)], rest.streamTime / 1e6)
        if (rest.lag !== null) lag.set([String(partition)], rest.lag)
      }
      for (const [stage, size] of sizes) entries.set([stage], size)
      for (const { kind, name, counts, gauges = {} } of observed.components) {
        for (const [level, value] of Object.entries(gauges)) levels.set([kind, name, level], value)
        for (const [counter, value] of Object.entries(counts)) components.advance([kind, name, counter], value, '')
      }
      return registry.metrics()
    },
  }
}

/** `tcp.flows.evicted` → stage `tcp`, name `flows.evicted`. */
function split(path: string): readonly [string, string] {
  const dot = path.indexOf('.')
  return dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot + 1)]
}

class Family {
  readonly #registry: Registry
  readonly #dropped: Counter
  constructor(registry: Registry) {
    this.#registry = registry
    this.#dropped = new Counter({
      name: 'tapwire_metrics_dropped_total',
      help: 'Values of series beyond the limit per metric',
      registers: [registry],
    })
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Series {
    const counter = new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    return new Series(labelNames, counter, this.#dropped)
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Series {
    const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
    return new Series(labelNames, gauge, this.#dropped)
  }
}

/** One metric; `labels` are its label values in order. */
class Series {
  readonly #names: readonly string[]
  readonly #metric: Counter | Gauge
  readonly #dropped: Counter
  /** What a series shows, and what each source of it said last. */
  readonly #shown = new Map<string, { total: number; readonly last: Map<string, number> }>()

  constructor(names: readonly string[], metric: Counter | Gauge, dropped: Counter) {
    this.#names = names
    this.#metric = metric
    this.#dropped = dropped
  }

  set(labels: readonly string[], value: number): void {
    const series = this.#series(labels)
    if (series !== null) this.#show(labels, series, value)
  }

  /** Adds what `source` counted since it was last seen; a source that starts again at zero goes on from there. */
  advance(labels: readonly string[], value: number, source: string): void {
    const series = this.#series(labels)
    if (series === null) return
    const last = series.last.get(source) ?? 0
    series.last.set(source, value)
    this.#show(labels, series, series.total + (value < last ? value : value - last))
  }

  /** prom-client's counters can only grow: by the difference. A total that shrank (a ledger after a crash) waits. */
  #show(labels: readonly string[], series: { total: number }, value: number): void {
    const named = Object.fromEntries(this.#names.map((name, i) => [name, labels[i] ?? '']))
    if (this.#metric instanceof Gauge) this.#metric.set(named, value)
    else this.#metric.inc(named, Math.max(0, value - series.total))
    series.total = this.#metric instanceof Gauge ? value : Math.max(value, series.total)
  }

  #series(labels: readonly string[]) {
    const key = labels.join('\u0000')
    const known = this.#shown.get(key)
    if (known !== undefined) return known
    if (this.#shown.size >= MAX_SERIES) {
      this.#dropped.inc()
      return null
    }
    const series = { total: 0, last: new Map<string, number>() }
    this.#shown.set(key, series)
    return series
  }
}

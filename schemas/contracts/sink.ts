import type { ComponentSpec } from '#schemas/contracts/component.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

/** What sinks are given: the decoded value and the topic that says which it is. */
export type SinkRecord =
  | { readonly topic: 'exchanges'; readonly value: Exchange }
  | { readonly topic: 'detections'; readonly value: Detection }
  | { readonly topic: 'anomalies'; readonly value: Anomaly }

/**
 * Laws
 *  1. `write` resolves when the batch is delivered (or refused record by record): it returns the indexes of the records
 *     that the other side refused for good; the runtime sends those to `dead`.
 *  2. It throws `Retryable` when the whole batch must be tried again, in the same order.
 *  3. Delivery is at least once: a repeated record carries the same id, and must be harmless.
 *  4. It buffers nothing between calls and retries nothing itself.
 */
export interface Sink<V> extends AsyncDisposable {
  write(batch: readonly V[], signal: AbortSignal): Promise<readonly number[]>
}

export interface SinkHost {
  /** Standard output, shared: `write` is atomic per call. */
  readonly stdout: NodeJS.WritableStream
  /** Relative paths start here: the configuration file's directory. */
  readonly directory: string
}

export interface SinkSpec<Config, V> extends ComponentSpec<Config> {
  readonly kind: 'sink'
  /** Topics it reads under this configuration. */
  topics(config: Config): readonly string[]
  open(config: Config, host: SinkHost): Promise<Sink<V>>
}

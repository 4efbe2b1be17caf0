import type { ComponentSpec } from '#schemas/contracts/component.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

/** What sinks are given: the decoded value and the topic that says which it is. */
export type SinkRecord =
  | { readonly topic: 'exchanges'; readonly value: Exchange }
  | { readonly topic: 'detections'; readonly value: Detection }
  | { readonly topic: 'anomalies'; readonly value: Anomaly }

/** A record of a batch that the other side refused for good, and what it said. */
export interface RefusedRecord {
  /** Its place in the batch. */
  readonly index: number
  /** The answer, for `dead`: at most a few hundred characters, no secrets. */
  readonly answer: string
}

/**
 * Laws
 *  1. `write` resolves when each record of the batch is delivered or refused: it returns those that the other side refused for
 *     good; the runtime puts them into `dead`.
 *  2. It throws `Retryable` when the batch must be tried again: `retryAfter` when the other side said how long to wait,
 *     `answered` when it answered and the answer may be about a record (an error 500), not about itself (429, 503, no connection).
 *     What was delivered of the batch is delivered again then.
 *  3. Delivery is at least once: a repeated record carries the same id, and must be harmless.
 *  4. It buffers nothing between calls and retries nothing itself. Calls may overlap, for batches of different partitions.
 *  5. When `signal` aborts (time-out, stop) it ends soon, however.
 */
export interface Sink<V> extends AsyncDisposable {
  write(batch: readonly V[], signal: AbortSignal): Promise<readonly RefusedRecord[]>
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

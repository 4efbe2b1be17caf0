/**
 * Moves records of a topic partition to a sink: at least once, in order. The position moves only after delivery; what the
 * other side refused for good goes to `dead` in the same commit.
 */
import type { Lease, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import type { Sink } from '#schemas/contracts/sink.ts'
import { type Backoff, retry } from './retry.ts'

export interface DeliveryStats {
  delivered: number
  refused: number
  retried: number
}

export interface Delivery<V> {
  readonly sink: Sink<V>
  /** Throws `Refused` for a record that cannot be decoded. */
  decode(topic: string, record: LogRecord): V
  dead(record: LogRecord, reason: string, message: string): Raw
  readonly batchBytes: number
  readonly backoff: Backoff
  readonly stats: DeliveryStats
}

/** Runs until the lease is gone or `signal` aborts. */
export async function runDelivery<V>(delivery: Delivery<V>, lease: Lease, signal: AbortSignal): Promise<void> {
  const { sink, stats } = delivery
  const stop = AbortSignal.any([signal, lease.signal])
  const backoff: Backoff = {
    ...delivery.backoff,
    onRetry: (error, tries, wait) => {
      stats.retried++
      delivery.backoff.onRetry?.(error, tries, wait)
    },
  }
  while (!stop.aborted) {
    const batch = await lease.poll(delivery.batchBytes)
    if (batch === null) continue
    const outputs: Raw[] = []
    const values: V[] = []
    const origins: LogRecord[] = []
    for (const record of batch.records) {
      try {
        values.push(delivery.decode(batch.topic, record))
        origins.push(record)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        outputs.push(delivery.dead(record, error.reason, error.message))
      }
    }
    try {
      const refused = values.length === 0 ? [] : await retry(() => sink.write(values, stop), stop, backoff)
      for (const i of refused)
        outputs.push(delivery.dead(origins[i]!, 'refused-by-sink', `record ${i} of a batch of ${values.length}`))
      // What is delivered is not delivered again because the log has no room for a moment.
      const unit = { next: batch.next, outputs, state: [] }
      await retry(() => lease.commit(unit), stop, backoff)
    } catch (error) {
      // Waiting was given up: the batch comes again at the next start.
      if (error instanceof Retryable && stop.aborted) return
      throw error
    }
    stats.delivered += batch.records.length - outputs.length
    stats.refused += outputs.length
  }
}

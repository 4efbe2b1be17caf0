/**
 * Moves records of a topic partition to a sink: at least once, in order. The position moves only after delivery; what the
 * other side refused for good goes to `dead` in the same commit.
 */
import type { DeliveryConfig } from '#schemas/config/delivery.ts'
import type { Lease, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import { type Backoff, retry } from '../retry.ts'
import { deliver, type Item } from './deliver.ts'
import { gather } from './gather.ts'
import { CLOCK, type Clock, type Outlet } from './outlet.ts'

export interface DeliveryStats {
  delivered: number
  refused: number
}

export interface Delivery<V> {
  readonly outlet: Outlet<V>
  readonly config: DeliveryConfig
  /** Throws `Refused` for a record that cannot be decoded. */
  decode(topic: string, record: LogRecord): V
  dead(record: LogRecord, reason: string, message: string): Raw
  /** For the log, not for the sink. */
  readonly backoff: Backoff
  readonly stats: DeliveryStats
  /** Capture time of the oldest record that is not delivered, µs; null: there is none. */
  readonly waiting: (since: number | null) => void
  readonly clock?: Clock
}

/** Runs until the lease is gone or `signal` aborts. */
export async function runDelivery<V>(delivery: Delivery<V>, lease: Lease, signal: AbortSignal): Promise<void> {
  const { stats, config, waiting, clock = CLOCK } = delivery
  const stop = AbortSignal.any([signal, lease.signal])
  try {
    while (!stop.aborted) {
      const batch = await gather(lease, config.batch, clock.now)
      if (batch === null) continue
      waiting(batch.records[0]?.time ?? null)
      for (let from = 0; from < batch.records.length || from === 0; from += config.batch.records) {
        const records = batch.records.slice(from, from + config.batch.records)
        const after = batch.records[from + config.batch.records]
        const outputs = await send(delivery, lease.topic, records, stop)
        // What is delivered is not delivered again because the log has no room for a moment.
        const unit = { next: after?.offset ?? batch.next, outputs, state: [] }
        await retry(() => lease.commit(unit), stop, delivery.backoff)
        stats.delivered += records.length - outputs.length
        stats.refused += outputs.length
      }
      waiting(null)
    }
  } catch (error) {
    // Waiting was given up: the batch comes again at the next start.
    if (!(error instanceof Retryable && stop.aborted)) throw error
  }
}

/** Returns the letters for `dead`. */
async function send<V>(
  { outlet, config, decode, dead }: Delivery<V>,
  topic: string,
  records: readonly LogRecord[],
  stop: AbortSignal,
): Promise<Raw[]> {
  const letters: Raw[] = []
  const origins = new Map<Item<V>, LogRecord>()
  for (const record of records) {
    try {
      const key = record.key === null ? '' : Buffer.from(record.key).toString('latin1')
      origins.set({ value: decode(topic, record), key }, record)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      letters.push(dead(record, error.reason, error.message))
    }
  }
  if (origins.size === 0) return letters
  const refused = await deliver([...origins.keys()], outlet, config.isolateAfter, stop)
  for (const { item, answer } of refused) letters.push(dead(origins.get(item)!, 'refused-by-sink', answer))
  return letters
}
